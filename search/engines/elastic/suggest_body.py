"""What is typed as one request to Elasticsearch: the best entries of each group, and topics, of what may be seen.

The numbers are those of search.beginnings, each added as a constant, so that rare words do not outweigh near ones.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from portal.audience.access import access_of
from portal.languages import interface_language
from search import beginnings
from search.beginnings import Beginning, Beginnings, Begun, Group, topic_pattern
from search.engines.elastic.body import visibility
from search.engines.elastic.wording import Clause
from search.query import SearchRequest

_EVERYWHERE = ("names", "summary", "body")
_TOPICS_READ = 10  # of a topic's slug it is compared afterwards whether all words begin in it


def suggest_body(asked: Beginnings, *, now: datetime, excluded: Sequence[int]) -> Clause:
    """The request. `excluded`: entries the index may show wrongly."""
    filters, without = visibility(SearchRequest(person=asked.person, q=asked.text), now, excluded)
    filters.append({"term": {"attached": False}})
    wanted = {"bool": {"must": [_word(word, asked) for word in asked.words], "should": _better(asked)}}
    ways: list[Clause] = [wanted]
    groups = {group.name: {"filter": _of_group(group), "aggs": {"best": _best(group)}} for group in asked.groups}
    # What is found by its topics alone belongs to no group.
    begun = {"bool": {"filter": [_any([_begins("title", w.folded), *_elsewhere(w, asked)]) for w in asked.words]}}
    counted: Clause = {"begun": {"filter": begun, "aggs": groups}}
    if asked.topics:
        ways.append({"bool": {"filter": _about(asked), "boost": 0}})
        counted["topics"] = {"filter": {"bool": {"filter": _about(asked)}}, "aggs": {"slugs": _slugs(asked)}}
    return {
        "query": {"bool": {"must": {"bool": {"should": ways}}, "filter": filters, "must_not": without}},
        "aggs": counted,
        "size": 0,
        "track_total_hits": False,
    }


def read(answer: Mapping[str, Any], asked: Beginnings) -> Begun:
    """The server's answer."""
    counted = answer["aggregations"]
    entries = {
        group.name: [int(hit["_id"]) for hit in counted["begun"][group.name]["best"]["hits"]["hits"]]
        for group in asked.groups
    }
    buckets = counted["topics"]["slugs"]["buckets"] if asked.topics else []
    return Begun(entries, [str(bucket["key"]) for bucket in buckets])


def _constant(clause: Clause, boost: float) -> Clause:
    return {"constant_score": {"filter": clause, "boost": boost}}


def _begins(field: str, text: str) -> Clause:
    return {"prefix": {field: {"value": text}}}


def _any(ways: Sequence[Clause]) -> Clause:
    return {"bool": {"should": list(ways)}}


def _word(word: Beginning, asked: Beginnings) -> Clause:
    """Found in any of these ways, of which the best counts."""
    ways = [
        _constant({"term": {"title": word.written}}, beginnings.WHOLE_WORD),
        _constant(_begins("title", word.folded), beginnings.FOLDED),
    ]
    if word.written != word.folded:
        ways.append(_constant(_begins("title", word.written), beginnings.AS_WRITTEN))
    if elsewhere := _elsewhere(word, asked):
        ways.append(_constant(_any(elsewhere), beginnings.ELSEWHERE))
    return {"dis_max": {"queries": ways}}


def _elsewhere(word: Beginning, asked: Beginnings) -> list[Clause]:
    """Where else than in the title it may stand."""
    if word.anywhere:
        return [_begins(field, word.folded) for field in (*_EVERYWHERE, "codes")]
    groups = [group for group in asked.groups if group.beyond_titles(word)]
    if not groups:
        return []
    found = _any([_begins(field, word.folded) for field in _EVERYWHERE])
    return [{"bool": {"filter": [_of_group(group), found]}} for group in groups]


def _better(asked: Beginnings) -> list[Clause]:
    """What is not needed but counts."""
    mine = sorted(access_of(asked.person).departments)
    language = interface_language()
    return [
        _constant(_begins("title.raw", asked.text), beginnings.WHOLE_TITLE),
        _constant({"terms": {"department": mine}}, beginnings.MINE),
        _constant({"terms": {"language": [language, ""]}}, beginnings.OWN_LANGUAGE),
    ]


def _of_group(group: Group) -> Clause:
    filters: list[Clause] = [{"term": {"kind": group.kind}}] if group.kind else []
    if group.types:
        filters.append({"terms": {"type": list(group.types)}})
    return {
        "bool": {"filter": filters, "must_not": [{"terms": {"type": list(group.without)}}] if group.without else []}
    }


def _best(group: Group) -> Clause:
    order: list[Any] = ["_score", {"title.raw": "asc"}] if group.everywhere else ["_score", {"published_at": "desc"}]
    return {"top_hits": {"size": group.size, "_source": False, "sort": [*order, {"entry_id": "desc"}]}}


def _about(asked: Beginnings) -> list[Clause]:
    return [{"regexp": {"topics": {"value": _slug_pattern(word)}}} for word in asked.words]


def _slugs(asked: Beginnings) -> Clause:
    longest = max(asked.words, key=lambda word: len(word.folded))
    return {"terms": {"field": "topics", "include": _slug_pattern(longest), "size": asked.topics + _TOPICS_READ}}


def _slug_pattern(word: Beginning) -> str:
    """For Lucene, whose patterns stand for the whole slug."""
    return f"(.*[-_])?{topic_pattern(word)}.*"
