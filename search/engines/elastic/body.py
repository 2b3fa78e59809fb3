"""A search as one request to Elasticsearch: hits, counts and facets, with the rule of visibility as its filter."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from portal.audience.access import audiences_of
from portal.host import gate
from portal.people import tree
from search.engines.elastic.wording import Clause, Wording
from search.facets import largest, since
from search.query import FACETS, TIMES, SearchRequest
from search.terms import Query
from search.weights import millis, weights

LARGEST = 5 * 1024  # bytes
_FULL = (32, 16, 12, 10, 8, 7, 6, 5, 4, 3, 2, 1, 0)  # terms with clauses of their own, until it is small enough
_RUNS = 500  # bytes of departments
_FIELDS = {name: name for name in FACETS} | {"topic": "topics"}


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

    A request is at most LARGEST bytes besides ids (see `_aside`), whatever is asked: of many words only the first have
    clauses of their own.
    """
    filters, without = visibility(request, now, [*excluded, *query.without])
    homes = [] if departments is None else [_at_home(departments)]
    filters += homes
    chosen = _chosen(request, now)
    rule = {"filter": filters, "must_not": without}
    around: Clause = {
        "aggs": _counted(chosen, now),
        "sort": ["_score", {"published_at": "desc"}, {"entry_id": "desc"}],
        "from": request.offset,
        "size": request.size,
        "_source": False,
        "track_total_hits": False,
    }
    if chosen:
        around["post_filter"] = {"bool": {"filter": list(chosen.values())}}  # after the facets, see search.facets
    room = LARGEST + _aside(filters, without, homes)
    for full in _FULL:
        words = _words(query, Wording(query, similar=similar, full=full), similar)
        found = {"query": _weighed({"bool": words | rule}, request, now)} | around
        if _bytes(found) <= room:
            return found
    return {"query": {"bool": words | rule}} | around  # filters of the longest values, all at once


def _words(query: Query, wording: Wording, similar: bool) -> Clause:
    wanted, rest = wording.wanted(), wording.rest()
    enough = len(wanted) - 1 if similar and len(wanted) > 2 else len(wanted)
    must: Clause = {"should": wanted, "minimum_should_match": enough}
    if rest:
        must["must"] = rest
    return {"must": {"bool": must}, "should": wording.better(query) if wanted else []}


def _aside(filters: Sequence[Clause], without: Sequence[Clause], homes: Sequence[Clause]) -> int:
    """Bytes of the ids of audiences, of closed gates, of what the index may show wrongly, and of departments that
    were not made one after the other: they grow with the organisation, not with what is asked.
    """
    scattered = [home for home in homes if _bytes(home) > _RUNS]
    return sum(_bytes(clause) for clause in (filters[0], *without, *scattered))


def _at_home(departments: Sequence[int]) -> Clause:
    """Ids that follow each other, but for those that no department has, are told by their ends.

    Not by what is above a department in each document: a department that moves would then change all its entries.
    """
    mine, runs = set(departments), list[list[int]]()
    joined = False
    for pk in sorted({*tree.current().departments, *mine}):
        if pk in mine and joined:
            runs[-1][1] = pk
        elif pk in mine:
            runs.append([pk, pk])
        joined = pk in mine
    ranges: list[Clause] = [
        {"range": {"department": {"gte": run[0], "lte": run[1]}}} for run in runs if run[0] < run[1]
    ]
    alone = [run[0] for run in runs if run[0] == run[1]]
    if not ranges:
        return {"terms": {"department": alone}}
    return {"bool": {"should": [*ranges, {"terms": {"department": alone}}] if alone else ranges}}


def _bytes(clause: Clause) -> int:
    return len(json.dumps(clause, separators=(",", ":"), ensure_ascii=False).encode())


def _weighed(query: Clause, request: SearchRequest, now: datetime) -> Clause:
    """The score times what the entry weighs, see search.weights."""
    functions = [{"filter": weight.clause, "weight": weight.value} for weight in weights(request, now)]
    if not functions:
        return query
    return {"function_score": {"query": query, "functions": functions, "score_mode": "multiply"}}


def visibility(request: SearchRequest, now: datetime, excluded: Sequence[int]) -> tuple[list[Clause], list[Clause]]:
    """The rule of visibility as (filter, must_not)."""
    closed = gate.closed_for(request.person)
    moment = millis(now)
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
        found["time"] = {"range": {"published_at": {"gte": millis(since(request.time, now))}}}
    return found


def _counted(chosen: dict[str, Clause], now: datetime) -> Clause:
    """The matches of each facet's values, within all other choices; of all choices, and of all but kind and type."""
    named = [name for name in FACETS if name != "time"]
    values: Clause = {name: {"terms": {"field": _FIELDS[name], "size": largest(name)}} for name in named}
    ranges = [{"key": time, "from": millis(since(time, now))} for time in TIMES]
    values["time"] = {"date_range": {"field": "published_at", "ranges": ranges}}
    alike = [name for name in FACETS if name not in chosen]  # counted within all choices, which are told once
    found = _each(list(chosen), chosen, values)
    found["total"] = _within(chosen, set()) | {"aggs": {name: values[name] for name in alike}}
    if {"kind", "type"} & set(chosen):
        found["matched"] = _within(chosen, {"kind", "type"})
    return found


def _each(names: list[str], chosen: dict[str, Clause], values: Clause) -> Clause:
    """The values of each of these facets within all the others: halved again and again, since told for each facet
    anew all choices together would be the largest part of a request. `spread` reads the answer.
    """
    if len(names) < 2:
        return {name: values[name] for name in names}
    half = len(names) // 2
    found: Clause = {}
    for part, mine, others in (("a", names[:half], names[half:]), ("b", names[half:], names[:half])):
        inside = {"filter": [chosen[name] for name in others]}
        found[part] = {"filter": {"bool": inside}, "aggs": _each(mine, chosen, values)}
    return found


def spread(counted: Mapping[str, Any]) -> dict[str, Any]:
    """The answer to the counts, by name, whatever stood inside of what."""
    found: dict[str, Any] = {}
    for name, value in counted.items():
        found |= spread(value) if name in ("a", "b") else {name: value} if isinstance(value, Mapping) else {}
    return found


def _within(chosen: dict[str, Clause], aside: set[str]) -> Clause:
    return {"filter": {"bool": {"filter": [clause for name, clause in chosen.items() if name not in aside]}}}
