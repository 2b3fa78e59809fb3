"""What is typed as one request to Elasticsearch: the best entries of each group, and topics, of what may be seen.

The numbers are those of search.beginnings, each added as a constant, so that rare words do not outweigh near ones.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from portal.audience.access import access_of
from portal.languages import interface_language
from portal.people.cards import TYPE as PERSON
from search import beginnings
from search.beginnings import Beginning, Beginnings, Begun, Group, topic_pattern
from search.engines.elastic.body import visibility
from search.engines.elastic.wording import Clause
from search.misspelling import like, like_name
from search.query import SearchRequest
from search.ranking import NAMES_FROM

_EVERYWHERE = ("names", "summary", "body")
_TOPICS_READ = 10  # of a topic's slug it is compared afterwards whether all words begin in it,
_TOPIC_WORDS = 3  # so that these are enough to ask for


def suggest_body(asked: Beginnings, *, now: datetime, excluded: Sequence[int]) -> Clause:
    """The request. `excluded`: entries the index may show wrongly."""
    filters, without = visibility(SearchRequest(person=asked.person, q=asked.text), now, excluded)
    filters.append({"term": {"attached": False}})
    wanted = {"bool": {"must": [_word(word, asked) for word in asked.words], "should": _better(asked)}}
    ways: list[Clause] = [wanted]
    counted: Clause = {
        group.name: {"filter": _of_group(group), "aggs": {"best": _best(group)}} for group in asked.groups
    }
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
    """The server's answer. What is found by its topics alone has a score of 0, and belongs to no group."""
    counted, least = answer["aggregations"], beginnings.BEGUN * len(asked.words)
    found = {
        group.name: [(hit["sort"][0], int(hit["_id"])) for hit in counted[group.name]["best"]["hits"]["hits"]]
        for group in asked.groups
    }
    entries = {name: [pk for score, pk in hits if score >= least] for name, hits in found.items()}
    similar = [(score, pk) for hits in found.values() for score, pk in hits if 0 < score < least]
    similar.sort(key=lambda hit: -hit[0])
    buckets = counted["topics"]["slugs"]["buckets"] if asked.topics else []
    return Begun(entries, [str(bucket["key"]) for bucket in buckets], [pk for _score, pk in similar])


def _constant(clause: Clause, boost: float) -> Clause:
    return {"constant_score": {"filter": clause, "boost": boost}}


def _begins(field: str, text: str) -> Clause:
    return {"prefix": {field: text}}


def _any(ways: Sequence[Clause]) -> Clause:
    return {"bool": {"should": list(ways)}}


def _word(word: Beginning, asked: Beginnings) -> Clause:
    """Found in any of these ways, of which the best counts."""
    ways = [
        _begun({"term": {"title": word.written}}, beginnings.WHOLE_WORD),
        _begun(_begins("title", word.folded), beginnings.FOLDED),
    ]
    if word.written != word.folded:
        ways.append(_begun(_begins("title", word.written), beginnings.AS_WRITTEN))
    if elsewhere := _elsewhere(word, asked):
        ways.append(_begun(_any(elsewhere), beginnings.ELSEWHERE))
    if asked.may_differ(word):
        ways += _similar(word)
    return {"dis_max": {"queries": ways}}


def _begun(clause: Clause, boost: float) -> Clause:
    return _constant(clause, beginnings.BEGUN + boost)


def _similar(word: Beginning) -> list[Clause]:
    """Titles with a word that begins like it; names may differ by more, and at their first letter."""
    edits = 2 if len(word.folded) >= NAMES_FROM else 1
    names = _any([{"regexp": {"title": f"{like_name(word.folded)}.*"}}, _fuzzy(word, edits)])
    return [
        _constant(_fuzzy(word, 1, prefix_length=1), beginnings.WHOLE_LIKE),
        _constant({"regexp": {"title": f"{like(word.folded)}.*"}}, beginnings.LIKE),
        _constant({"bool": {"filter": [{"term": {"type": PERSON.slug}}, names]}}, beginnings.FARTHER),
    ]


def _fuzzy(word: Beginning, edits: int, **more: int) -> Clause:
    return {"fuzzy": {"title": {"value": word.folded, "fuzziness": edits, **more}}}


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
        _constant({"term": {"type": PERSON.slug}}, beginnings.NAME),
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
    longest = sorted(asked.words, key=lambda word: -len(word.folded))[:_TOPIC_WORDS]
    return [{"regexp": {"topics": _slug_pattern(word)}} for word in longest]


def _slugs(asked: Beginnings) -> Clause:
    longest = max(asked.words, key=lambda word: len(word.folded))
    return {"terms": {"field": "topics", "include": _slug_pattern(longest), "size": asked.topics + _TOPICS_READ}}


def _slug_pattern(word: Beginning) -> str:
    """For Lucene, whose patterns stand for the whole slug."""
    return f"(.*[-_])?{topic_pattern(word)}.*"
