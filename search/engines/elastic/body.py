"""A search as one request to Elasticsearch: hits, counts and facets, with the rule of visibility as its filter."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from portal.audience.access import audiences_of
from portal.host import gate
from search.engines.elastic.wording import Clause, Wording
from search.facets import since
from search.query import FACETS, TIMES, SearchRequest
from search.terms import Query
from search.weights import millis, weights

_VALUES = 30  # counted of a facet
_DEPARTMENTS = 5000  # all there are: what is below a department is added up
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
    """
    wording = Wording(similar)
    wanted = [wording.term(term) for term in query.terms]
    enough = len(wanted) - 1 if similar and len(wanted) > 2 else len(wanted)
    filters, without = visibility(request, now, [*excluded, *query.without])
    if departments is not None:
        filters.append({"terms": {"department": list(departments)}})
    chosen = _chosen(request, now)
    found: Clause = {
        "query": _weighed(
            {
                "bool": {
                    "must": {"bool": {"should": wanted, "minimum_should_match": enough}},
                    "should": wording.better(query),
                    "filter": filters,
                    "must_not": without,
                }
            },
            request,
            now,
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
    values: Clause = {name: {"terms": {"field": _FIELDS[name], "size": _VALUES}} for name in FACETS if name != "time"}
    values["department"]["terms"]["size"] = _DEPARTMENTS
    ranges = [{"key": time, "from": millis(since(time, now))} for time in TIMES]
    values["time"] = {"date_range": {"field": "published_at", "ranges": ranges}}
    alike = [name for name in FACETS if name not in chosen]  # counted within all choices, which are told once
    found = {name: _within(chosen, {name}) | {"aggs": {"values": values[name]}} for name in chosen}
    found["total"] = _within(chosen, set()) | {"aggs": {name: values[name] for name in alike}}
    if {"kind", "type"} & set(chosen):
        found["matched"] = _within(chosen, {"kind", "type"})
    return found


def _within(chosen: dict[str, Clause], aside: set[str]) -> Clause:
    return {"filter": {"bool": {"filter": [clause for name, clause in chosen.items() if name not in aside]}}}
