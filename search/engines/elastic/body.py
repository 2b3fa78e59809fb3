"""A search as one request to Elasticsearch: hits, counts and facets, with the rule of visibility as its filter."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from portal.audience.access import audiences_of
from portal.host import gate
from search.query import SearchRequest
from search.terms import Query, Term

_PLAIN = ["title^8", "names^5", "summary^3", "body"]
_STEMMED = ["title_*^5", "text_*^0.8"]
_SIMILAR_FROM = 4  # letters
_TYPES = 200  # types counted in each kind

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
    """The request. `excluded`: entries the index may show wrongly; `similar`: words may differ by a letter or two."""
    must = [_term(term, similar) for term in query.terms]
    filters, without = visibility(request, now, excluded)
    filters += _filters(request, departments)
    found: Clause = {
        "query": {"bool": {"must": must, "should": _better(query), "filter": filters, "must_not": without}},
        "aggs": {
            "kinds": {
                "terms": {"field": "kind", "size": 10},
                "aggs": {"types": {"terms": {"field": "type", "size": _TYPES}}},
            }
        },
        "sort": ["_score", {"published_at": "desc"}, {"entry_id": "desc"}],
        "from": request.offset,
        "size": request.size,
        "_source": False,
        "track_total_hits": False,
    }
    # After the facets, which leave the chosen kind and types aside.
    if chosen := _chosen(request):
        found["post_filter"] = {"bool": {"filter": chosen}}
    return found


def visibility(request: SearchRequest, now: datetime, excluded: Sequence[int]) -> tuple[list[Clause], list[Clause]]:
    """The rule of visibility as (filter, must_not)."""
    closed = gate.closed_for(request.person)
    moment = now.isoformat()
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


def _filters(request: SearchRequest, departments: Sequence[int] | None) -> list[Clause]:
    filters: list[Clause] = []
    if request.plugin:
        filters.append({"term": {"plugin": request.plugin}})
    if request.author_id is not None:
        filters.append({"term": {"author": request.author_id}})
    if request.topic:
        filters.append({"term": {"topics": request.topic}})
    if departments is not None:
        filters.append({"terms": {"department": list(departments)}})
    return filters


def _chosen(request: SearchRequest) -> list[Clause]:
    chosen: list[Clause] = []
    if request.kind:
        chosen.append({"term": {"kind": request.kind}})
    if request.types:
        chosen.append({"terms": {"type": list(request.types)}})
    return chosen


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
    if similar and len(word) >= _SIMILAR_FROM and not any(letter.isdigit() for letter in word):
        ways.append(_match(word, _PLAIN, fuzziness="AUTO:4,8", prefix_length=1, max_expansions=30, boost=0.5))
    return _any(ways)


def _better(query: Query) -> list[Clause]:
    """What is not needed but counts: the very title, and the words side by side."""
    ways: list[Clause] = [{"term": {"title.raw": {"value": query.text, "boost": 30}}}]
    if len(query.terms) > 1:
        ways.append(_match(query.text, ["title^6", "names^6", "summary^2", "body"], type="phrase"))
    return ways
