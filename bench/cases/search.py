"""The unified search, the same body sent straight to Elasticsearch, and that body with other audience filters."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from functools import lru_cache
from typing import Any
from unittest import mock

from django.conf import settings
from django.db import connection
from django.utils import timezone
from elasticsearch import Elasticsearch

from bench import plan
from bench.cases.timeline import person
from bench.words import Words
from portal.audience.access import audiences_of
from portal.catalogue.models import Entry
from search import engines, service
from search.engines.elastic import comparison, indexes
from search.engines.elastic.body import body
from search.models import Document
from search.query import SearchRequest
from search.terms import parse

_ENGINES = {"unified": "elasticsearch", "database": "database"}
SECONDS = 30.0  # what a measured request may take; the project's own limit is part of the project
MERGE_SECONDS = 600.0


class NotFound(Exception):
    """The engine that is measured did not answer, or not with this."""


@lru_cache(maxsize=1)
def client() -> Elasticsearch:
    return Elasticsearch(settings.ELASTICSEARCH_URL, request_timeout=SECONDS, max_retries=0)


@lru_cache(maxsize=1)
def words() -> dict[str, str]:
    made = Words(plan.SEED)
    return {"common": made.common, "mid": made.mid, "rare": made.rare}


def index() -> Callable[[], int]:
    """Brings the index up to the database's entries, if it is not; the number of documents."""

    def operation() -> int:
        serving = indexes.state(client()).serving
        entries = Entry.objects.count()
        if serving and not indexes.outdated(client(), serving) and _documents() == entries:
            return entries
        indexes.serve(client(), indexes.create(client()))
        engine = engines.elasticsearch_engine()
        assert engine is not None
        engine.rebuild()
        client().options(request_timeout=MERGE_SECONDS).indices.forcemerge(index=indexes.alias(), max_num_segments=5)
        return _documents()

    return operation


def _documents() -> int:
    return comparison.totals(client(), indexes.alias())[0]


def _request(reader: str, word: str) -> SearchRequest:
    return SearchRequest(person(reader), words()[word])


def database_index() -> Callable[[], int]:
    """The same for the database engine."""

    def operation() -> int:
        entries = Entry.objects.count()
        if Document.objects.count() != entries:
            engines.database_engine().rebuild()
            with connection.cursor() as cursor:
                cursor.execute("ANALYZE")
        return Document.objects.count()

    return operation


def unified(reader: str, word: str, engine: str = "elasticsearch") -> Callable[[], Any]:
    """What a view calls. A result from another engine would be another measurement."""
    request = _request(reader, word)

    def operation() -> Any:
        result = service.search(request)
        if result.limited or result.engine != engine:
            raise NotFound(f"{result.engine} answered: {result.reason}")
        return result

    return operation


def _body(reader: str, word: str) -> dict[str, Any]:
    request = _request(reader, word)
    return body(parse(request.q), request, now=timezone.now(), excluded=[], departments=None)


def straight(reader: str, word: str, audiences: int | None = None) -> Callable[[], Any]:
    """The project's own body by the client alone; `audiences`: so many instead of the reader's, 0 for no filter."""
    asked = _body(reader, word)
    if audiences is not None:
        asked = _with_audiences(asked, reader, audiences)
    moments = [
        c["range"]
        for c in asked["query"]["function_score"]["query"]["bool"]["filter"]
        if "visible_" in str(c.get("range", {}))
    ]

    def operation() -> Any:
        # As in the project, each request asks of its own moment; one that never changed would be cached.
        now = timezone.now().isoformat()
        for moment in moments:
            for limits in moment.values():
                limits.update(dict.fromkeys(limits, now))
        return client().search(index=indexes.alias(), body=asked)

    return operation


def _with_audiences(asked: dict[str, Any], reader: str, count: int) -> dict[str, Any]:
    """The filter in the body is replaced; everything else stays."""
    changed = copy.deepcopy(asked)
    filters = changed["query"]["function_score"]["query"]["bool"]["filter"]
    filters[:] = [clause for clause in filters if "audience" not in clause.get("terms", {})]
    if count:
        mine = sorted(audiences_of(person(reader)))
        more = [number for number in range(1, count + 101) if number not in mine]
        filters.insert(0, {"terms": {"audience": sorted([*mine, *more][:count])}})
    return changed


def ids(reader: str, word: str, by: str) -> Callable[[], list[int]]:
    """The entries found, to see that both ways find the same; `by`: "straight", "unified", or "database"."""
    read = straight(reader, word) if by == "straight" else unified(reader, word, _ENGINES[by])
    if by == "straight":
        return lambda: [int(hit["_id"]) for hit in read()["hits"]["hits"]]
    return lambda: [hit.entry.pk for hit in read().hits]


def cost(reader: str, word: str) -> Callable[[], dict[str, int]]:
    """Requests to the engine for one search, and bytes of them besides the reader's audience ids."""
    search = unified(reader, word)
    sent: list[dict[str, Any]] = []
    original = Elasticsearch.search

    def watched(self: Elasticsearch, **options: Any) -> Any:
        sent.append(options["body"])
        return original(self, **options)

    def operation() -> dict[str, int]:
        sent.clear()
        with mock.patch.object(Elasticsearch, "search", watched):
            search()
        size = sum(len(json.dumps(_with_audiences(asked, reader, 0), default=str)) for asked in sent)
        return {"requests": len(sent), "bytes": size}

    return operation


CASES: dict[str, Callable[..., Callable[[], Any]]] = {
    "index": index,
    "database_index": database_index,
    "unified": unified,
    "straight": straight,
    "ids": ids,
    "cost": cost,
}
