"""A search as one request to Elasticsearch: hits, counts and facets, with the rule of visibility as its filter."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import get_language

from portal.audience.access import audiences_of
from portal.host import gate
from portal.people.cards import TYPE as PERSON
from search import ranking
from search.facets import since
from search.query import FACETS, TIMES, SearchRequest
from search.terms import Query, Term

_PLAIN, _STEMMED = list(ranking.PLAIN), list(ranking.STEMMED)
_VALUES = 30  # counted of a facet
_DEPARTMENTS = 5000  # all there are: what is below a department is added up
_FIELDS = {name: name for name in FACETS} | {"topic": "topics"}

Clause = dict[str, Any]


def body(
    query: Query,
    request: SearchRequest,
    *,
    now: datetime,
    excluded: Sequence[int],
    departments: Sequence[int] | None,
    similar: bool = False,
) -> Clause:
    """The request. `excluded`: entries the index may show wrongly.

    `similar`: words may differ by a letter or two, and of three or more words one may be missing.
    """
    wanted = [_term(term, similar) for term in query.terms]
    enough = len(wanted) - 1 if similar and len(wanted) > 2 else len(wanted)
    filters, without = visibility(request, now, excluded)
    if departments is not None:
        filters.append({"terms": {"department": list(departments)}})
    chosen = _chosen(request, now)
    found: Clause = {
        "query": _weighed(
            {
                "bool": {
                    "must": {"bool": {"should": wanted, "minimum_should_match": enough}},
                    "should": _better(query),
                    "filter": filters,
                    "must_not": without,
                }
            },
            request,
        ),
        "aggs": _counted(chosen, now),
        "sort": ["_score", {"published_at": "desc"}, {"entry_id": "desc"}],
        "from": request.offset,
        "size": request.size,
        "_source": False,
        "track_total_hits": False,
    }
    if chosen:
        found["post_filter"] = {"bool": {"filter": list(chosen.values())}}  # after the facets, see search.facets
    return found


def _weighed(query: Clause, request: SearchRequest) -> Clause:
    """The score times what the kind of entry weighs, see search.ranking."""
    language = get_language() or ""
    weights: list[Clause] = [
        {"filter": {"term": {"attached": True}}, "weight": ranking.ATTACHED},
        {"filter": {"term": {"kind": "managed"}}, "weight": ranking.MANAGED},
        {"filter": {"terms": {"language": [language.split("-")[0], ""]}}, "weight": ranking.OWN_LANGUAGE},
    ]
    return {"function_score": {"query": query, "functions": weights, "score_mode": "multiply"}}


def visibility(request: SearchRequest, now: datetime, excluded: Sequence[int]) -> tuple[list[Clause], list[Clause]]:
    """The rule of visibility as (filter, must_not)."""
    closed = gate.closed_for(request.person)
    moment = _millis(now)
    filters: list[Clause] = [
        {"terms": {"audience": sorted(audiences_of(request.person))}},
        {"range": {"gate": {"lte": closed.upto}}},
        {"range": {"visible_from": {"lte": moment}}},
        {"range": {"visible_until": {"gt": moment}}},
    ]
    without: list[Clause] = []
    if closed.ids:
        without.append({"terms": {"gate": sorted(closed.ids)}})
    if excluded:
        without.append({"terms": {"entry_id": sorted(excluded)}})
    return filters, without


def _millis(moment: datetime) -> int:
    """As dates may be written in a request, and shortest."""
    return int(moment.timestamp() * 1000)


def _chosen(request: SearchRequest, now: datetime) -> dict[str, Clause]:
    """What each chosen facet asks of an entry; the counterpart of search.facets.conditions."""
    exact = {
        "kind": request.kind,
        "plugin": request.plugin,
        "author": request.author_id,
        "topic": request.topic,
        "language": request.language,
    }
    found: dict[str, Clause] = {name: {"term": {_FIELDS[name]: value}} for name, value in exact.items() if value}
    if request.types:
        found["type"] = {"terms": {"type": list(request.types)}}
    if request.time:
        found["time"] = {"range": {"published_at": {"gte": _millis(since(request.time, now))}}}
    return found


def _counted(chosen: dict[str, Clause], now: datetime) -> Clause:
    """The matches of each facet's values, within all other choices; of all choices, and of all but kind and type."""
    values: Clause = {name: {"terms": {"field": _FIELDS[name], "size": _VALUES}} for name in FACETS if name != "time"}
    values["department"]["terms"]["size"] = _DEPARTMENTS
    ranges = [{"key": time, "from": _millis(since(time, now))} for time in TIMES]
    values["time"] = {"date_range": {"field": "published_at", "ranges": ranges}}
    found = {name: _within(chosen, {name}) | {"aggs": {"values": values[name]}} for name in FACETS}
    return found | {"total": _within(chosen, set()), "matched": _within(chosen, {"kind", "type"})}


def _within(chosen: dict[str, Clause], aside: set[str]) -> Clause:
    return {"filter": {"bool": {"filter": [clause for name, clause in chosen.items() if name not in aside]}}}


def _any(ways: list[Clause]) -> Clause:
    """Found in any of these ways; the best of them counts, the others a little."""
    return ways[0] if len(ways) == 1 else {"dis_max": {"tie_breaker": 0.1, "queries": ways}}


def _match(text: str, fields: list[str], **more: Any) -> Clause:
    return {"multi_match": {"query": text, "fields": fields, **more}}


def _term(term: Term, similar: bool) -> Clause:
    if term.phrase:
        return _match(" ".join(term.words), _PLAIN, type="phrase")
    if term.code:
        parts = [_match(word, _PLAIN) for word in term.words]
        return _any([_match(term.code, ["codes^8", *_PLAIN]), {"bool": {"must": parts}}])
    word = term.words[0]
    ways = [_match(term.written or word, [*_PLAIN, "codes^8"])]
    if term.stems:
        ways.append(_match(term.written, _STEMMED))
    if term.prefix:
        ways += [{"prefix": {field.split("^")[0]: {"value": word}}} for field in _PLAIN]
    if similar and len(word) >= ranking.SIMILAR_FROM and not any(letter.isdigit() for letter in word):
        ways += _similar(word)
    return _any(ways)


def _similar(word: str) -> list[Clause]:
    """Words like it; names, which are heard rather than read, may differ by more and at their beginning."""
    like = {"boost": ranking.SIMILAR, "max_expansions": 50}
    ways = [_match(word, _PLAIN, fuzziness="AUTO:4,8", prefix_length=1, **like)]
    edits = 2 if len(word) >= ranking.NAMES_FROM else 1
    name = {"match": {"title": {"query": word, "fuzziness": edits, "prefix_length": 0, **like}}}
    ways.append({"bool": {"must": [name], "filter": [{"term": {"type": PERSON.slug}}]}})
    return ways


def _better(query: Query) -> list[Clause]:
    """What is not needed but counts: the very title, and the words side by side."""
    ways: list[Clause] = [{"term": {"title.raw": {"value": query.text, "boost": ranking.EXACT_TITLE}}}]
    if len(query.terms) > 1:
        ways.append(_match(query.text, ["title^6", "names^6", "summary^2", "body"], type="phrase"))
    return ways
