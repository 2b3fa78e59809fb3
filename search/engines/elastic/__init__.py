"""The engine on Elasticsearch 8. Searches ask it directly; only the worker and commands write to it."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from django.db.models import Count, Sum
from django.utils import timezone
from django.utils.translation import gettext as _
from elasticsearch import ApiError, Elasticsearch, NotFoundError, TransportError

from portal.audience.access import audiences_of
from portal.catalogue import outbox
from portal.catalogue.models import Entry, Outbox
from search import queue
from search.conf import SEARCH_SECONDS, WRITE_SECONDS
from search.engines.base import Engine, EngineDown, Found, Status, Written, indexable
from search.engines.elastic import bulk, comparison, explaining, indexes
from search.engines.elastic.body import body
from search.engines.elastic.breaker import Breaker
from search.facets import by_department, chosen_department, within
from search.query import FACETS, SearchRequest
from search.terms import Query

logger = logging.getLogger(__name__)

T = TypeVar("T")
_LOOK_SECONDS = 5.0  # between looks at whether the index is there while nothing waits
_AUDIENCES = 60_000  # in one request; the server takes 65,536
_BLOCKED = {429, 502, 503, 504}


class ElasticsearchEngine(Engine):
    name = "elasticsearch"

    def __init__(self, url: str) -> None:
        # A request is tried once: another engine is there to answer, and the outbox to remember.
        self._reader = Elasticsearch(url, request_timeout=SEARCH_SECONDS, max_retries=0, retry_on_timeout=False)
        self._writer = self._reader.options(request_timeout=WRITE_SECONDS)
        self.breaker = Breaker()
        self.forget()

    def forget(self) -> None:
        """Looks at the index anew with the next drain."""
        self._look_at, self._compared = 0.0, False

    # Searching

    def search(self, query: Query, request: SearchRequest) -> Found:
        parts = self._parts(request)
        answer = self._ask(body(query, request, **parts))
        counted = answer["aggregations"]
        if counted.get("matched", counted["total"])["doc_count"]:
            return _found(answer, request)
        # Nothing as it is written: similar spellings are tried.
        found = _found(self._ask(body(query, request, similar=True, **parts)), request)
        return replace(found, similar=bool(found.total))

    def explain(
        self, query: Query, request: SearchRequest, found: Found, products: Mapping[int, float]
    ) -> dict[int, dict[str, float]]:
        asked = body(query, request, similar=found.similar, **self._parts(request))
        return explaining.read(self._ask(explaining.named(asked, products), include_named_queries_score=True))

    def _parts(self, request: SearchRequest) -> dict[str, Any]:
        if not self.breaker.allows():
            raise EngineDown("did not answer a moment ago")
        # Read before the index is asked: what was narrowed by now cannot be counted.
        excluded = outbox.narrowed_ids(self.name)
        if excluded is None or len(audiences_of(request.person)) > _AUDIENCES:
            raise EngineDown("too much to exclude", _("The search index is being brought up to date."))
        departments = within(chosen_department(request)) if request.department else None
        return {"now": timezone.now(), "excluded": excluded, "departments": departments}

    def _ask(self, request: dict[str, Any], **options: Any) -> Mapping[str, Any]:
        try:
            answer = self._reader.search(index=indexes.alias(), body=request, **options)
        except NotFoundError as error:
            self.breaker.close()
            raise EngineDown("no index yet", _("The search index is being built.")) from error
        except ApiError as error:
            if error.status_code in _BLOCKED:
                self.breaker.fail()
            else:
                logger.exception("Elasticsearch refused a search")
            raise EngineDown(str(error)) from error
        except TransportError as error:
            self.breaker.fail()
            raise EngineDown(str(error)) from error
        self.breaker.close()
        found: Mapping[str, Any] = answer.body
        return found

    # Writing

    def drain(self, limit: int | None = None) -> int:
        rows = queue.waiting(self.name, limit or self.batch)
        if not rows and time.monotonic() < self._look_at:
            return 0
        return self._guarded(lambda: self._drain(rows))

    def _drain(self, rows: Mapping[int, queue.Waiting]) -> int:
        state = indexes.state(self._writer)
        self._look_at = time.monotonic() + _LOOK_SECONDS if state.serving else 0.0
        if not state.names:
            return self._begin()
        if rows:
            return self._take_over(rows)
        if state.serving is None:
            return self._finish(state.names[-1])
        return self._compare_once()

    def _begin(self) -> int:
        """There is no index: one is made, and everything is queued for it."""
        self.forget()
        indexes.create(self._writer)
        return 1 + queue.enqueue(self.name, indexable())

    def _finish(self, name: str) -> int:
        """All that was queued is in the new index: it serves."""
        self._compared = True
        indexes.serve(self._writer, name)
        return 1

    def _compare_once(self) -> int:
        """At the start of a worker: did the index miss anything while nobody kept it?"""
        if self._compared:
            return 0
        self._compared = True
        mine = indexable().aggregate(number=Count("pk"), versions=Sum("version"))
        theirs = comparison.totals(self._writer, indexes.alias())
        return 0 if (mine["number"], mine["versions"] or 0) == theirs else self.verify()

    def index(self, entries: Sequence[Entry]) -> Written:
        return self._guarded(lambda: self._write(bulk.index_actions, entries, {e.pk: e.version for e in entries}))

    def delete(self, versions: Mapping[int, int]) -> Written:
        return self._guarded(lambda: self._write(bulk.delete_actions, versions, versions))

    def _write(self, actions: Callable[..., Any], what: Any, versions: Mapping[int, int]) -> Written:
        # Asked after the outbox was read: an index made later is filled from what is committed now.
        names = indexes.state(self._writer).names
        return bulk.write(self._writer, actions(what, names), versions, refresh=True)

    # Operation

    def rebuild(self) -> int:
        """Into a new index, which is written to by the worker too from the beginning, then the alias is switched."""
        return self._guarded(self._rebuild)

    def _rebuild(self) -> int:
        if indexes.state(self._writer).serving is None:
            indexes.drop(self._writer)
            self._begin()
            while indexes.state(self._writer).serving is None:
                self.drain()
        else:
            name = indexes.create(self._writer)
            failed: dict[int, str] = {}
            for entries in _batches(self.batch):
                versions = {entry.pk: entry.version for entry in entries}
                actions = bulk.index_actions(entries, [name])
                failed |= bulk.write(self._writer, actions, versions, refresh=False).failed
            indexes.serve(self._writer, name)
            if failed:
                queue.enqueue(self.name, Entry.objects.filter(pk__in=list(failed)))
                queue.postpone(self.name, failed)
        return comparison.totals(self._writer, indexes.alias())[0]

    def verify(self) -> int:
        return self._guarded(lambda: comparison.repair(self._writer, self.name, indexes.alias()))

    def status(self) -> Status:
        waiting = Outbox.objects.filter(engine=self.name).count()
        try:
            state = indexes.state(self._reader)
            if state.serving is None:
                return Status(self.name, False, 0, waiting, _("The index is being built by the worker."))
            documents = comparison.totals(self._reader, indexes.alias())[0]
            note = state.serving
            if indexes.outdated(self._reader, state.serving):
                note += f" · {_('made for an older version: run search rebuild')}"
            return Status(self.name, True, documents, waiting, note)
        except (TransportError, ApiError) as error:
            return Status(self.name, False, 0, waiting, str(error))

    def drop(self) -> None:
        """Removes all indexes of this installation."""
        self._guarded(lambda: indexes.drop(self._writer))
        self.forget()

    def _guarded(self, function: Callable[[], T]) -> T:
        try:
            return function()
        except (TransportError, ApiError) as error:
            raise EngineDown(f"{type(error).__name__}: {error}"[:300]) from error


def _found(answer: Mapping[str, Any], request: SearchRequest) -> Found:
    hits, counted = answer["hits"]["hits"], answer["aggregations"]
    values = {name: counted[name]["values"] if name in counted else counted["total"][name] for name in FACETS}
    counts: dict[str, dict[str, int]] = {
        name: {str(one["key"]): one["doc_count"] for one in found["buckets"] if one["doc_count"]}
        for name, found in values.items()
    }
    counts["department"] = by_department(request, {int(pk): number for pk, number in counts["department"].items()})
    for name in ("plugin", "language"):
        counts[name].pop("", None)  # of the core itself; of no known language
    total = counted["total"]["doc_count"]
    return Found([int(hit["_id"]) for hit in hits], [hit["sort"][0] for hit in hits], total, counts)


def _batches(size: int) -> Iterator[list[Entry]]:
    """All live entries by number; each batch is read when it is needed, so it is never older than the index."""
    last = 0
    while batch := list(indexable().filter(pk__gt=last).select_related("author").order_by("pk")[:size]):
        yield batch
        last = batch[-1].pk
