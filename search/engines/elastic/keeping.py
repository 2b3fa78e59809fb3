"""Keeps the index: from the outbox, by rebuilding, by comparing. Only the worker and commands do so."""

from __future__ import annotations

import contextlib
import logging
import math
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from django.db.models import Count, Sum
from django.utils.translation import gettext as _
from elasticsearch import ApiError, Elasticsearch, TransportError

from portal.catalogue import outbox
from portal.catalogue.models import Entry
from search import queue
from search.conf import LATE_SECONDS, LOOK_SECONDS, SEARCH_SECONDS, WRITE_SECONDS
from search.engines.base import Engine, EngineDown, Status, Verified, Written, indexable
from search.engines.elastic import bulk, comparison, indexes, rebuilding
from search.engines.elastic.breaker import Breaker

logger = logging.getLogger(__name__)

T = TypeVar("T")
_PAUSE_BETWEEN_LOOKS = 5.0  # seconds, while nothing waits
_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 15.0  # seconds, while nothing can be written


class KeptIndex(Engine):
    """An index on an Elasticsearch server, all but searching in it."""

    name = "elasticsearch"

    def __init__(self, url: str) -> None:
        # A request is tried once: another engine is there to answer, and the outbox to remember.
        self._reader = Elasticsearch(url, request_timeout=SEARCH_SECONDS, max_retries=0, retry_on_timeout=False)
        self._writer = self._reader.options(request_timeout=WRITE_SECONDS)
        self._looker = self._reader.options(request_timeout=LOOK_SECONDS)
        self.forget()

    def forget(self) -> None:
        """Looks at the index anew with the next drain."""
        self._look_at, self._looked, self._compared = 0.0, False, False
        self._behind, self._behind_until = "", 0.0
        # The worker has other work: a server that does not answer may not hold it up again and again.
        self.writing = Breaker(_FIRST_PAUSE, _LONGEST_PAUSE)

    # From the outbox

    def drain(self, limit: int | None = None) -> int:
        rows = queue.waiting(self.name, limit or self.batch)
        if not rows and time.monotonic() < self._look_at:
            return 0
        if not self.writing.allows():
            raise EngineDown("could not be written to a moment ago")
        try:
            done = self._guarded(lambda: self._drain(rows))
        except EngineDown as error:
            if not self.writing.is_open:
                logger.warning("Elasticsearch cannot be written to, changes wait in the outbox: %s", error)
            self.writing.fail()
            raise
        if self.writing.is_open:
            logger.info("Elasticsearch can be written to again")
        self.writing.close()
        return done

    def _drain(self, rows: Mapping[int, queue.Waiting]) -> int:
        # A short question first: who does not answer it is not sent a long request either.
        state = indexes.state(self._looker)
        self._look_at = time.monotonic() + _PAUSE_BETWEEN_LOOKS if state.serving else 0.0
        if state.serving is None and indexes.first() not in state.names:
            return self._begin()
        if state.serving:
            self._look_once(state.serving)
        if rows:
            return self._take_over(rows)
        if state.serving is None:
            return self._finish()
        return self._remove_left(state) + self._compare_once()

    def _begin(self) -> int:
        """No index serves: one is made, and everything is queued for it."""
        self.forget()
        indexes.create_first(self._writer)
        return 1 + queue.enqueue(self.name, indexable())

    def _finish(self) -> int:
        """All that was queued is in the first index: it serves."""
        self._compared = True
        indexes.serve(self._writer, indexes.first())
        return 1

    def _remove_left(self, state: indexes.State) -> int:
        left = [name for name in state.filling if rebuilding.is_left(name)]
        for name in left:
            logger.warning("the rebuild that filled %s was broken off; what it left is removed", name)
        indexes.remove(self._writer, left)
        return len(left)

    def _look_once(self, serving: str) -> None:
        """At the start of a worker: is the index of today's make?"""
        if not self._looked and indexes.outdated(self._looker, serving):
            logger.warning("the search index was made for another version of Folkmoot: run manage.py search rebuild")
        self._looked = True

    def _compare_once(self) -> int:
        """At the start of a worker: did the index miss anything while nobody kept it?"""
        if self._compared:
            return 0
        self._compared = True
        mine = indexable().aggregate(number=Count("pk"), versions=Sum("version"))
        if (mine["number"], mine["versions"] or 0) == comparison.totals(self._writer, indexes.alias()):
            return 0
        return comparison.repair(self._writer, self.name, contents=False).differed

    def index(self, entries: Sequence[Entry]) -> Written:
        return self._guarded(lambda: bulk.index(self._writer, entries, self._names()))

    def delete(self, versions: Mapping[int, int]) -> Written:
        return self._guarded(lambda: bulk.delete(self._writer, versions, self._names()))

    def _names(self) -> tuple[str, ...]:
        # Asked after the outbox was read: an index made later is filled from what is committed now.
        return indexes.state(self._looker).names

    def behind(self) -> str:
        """Asked of the database now and then only: it costs a query, and the index is hardly ever late."""
        if time.monotonic() >= self._behind_until:
            self._behind_until = time.monotonic() + _PAUSE_BETWEEN_LOOKS
            self._behind = _late(outbox.waits(self.name))
        return self._behind

    # By command

    def rebuild(self) -> int:
        """Into a new index, which is written to by the worker too from the beginning, then the alias is switched."""
        return self._guarded(self._rebuild)

    def _rebuild(self) -> int:
        if indexes.state(self._writer).serving is None:
            self._fill_first()
        else:
            self._replace()
        return comparison.totals(self._writer, indexes.alias())[0]

    def _fill_first(self) -> None:
        """As the worker does it, together with it if it runs."""
        self._begin()
        while indexes.state(self._writer).serving is None:
            self._drain(queue.waiting(self.name, self.batch))

    def _replace(self) -> None:
        name = indexes.create(self._writer)
        try:
            refused = rebuilding.fill(self._writer, name, self.batch)
            indexes.serve(self._writer, name)
        except BaseException:
            with contextlib.suppress(ApiError, TransportError):
                indexes.remove(self._writer, [name])
            raise
        finally:
            rebuilding.give_back(name)
        queue.retry_now(self.name)
        queue.enqueue(self.name, Entry.objects.filter(pk__in=list(refused)))
        queue.postpone(self.name, refused)

    def verify(self) -> Verified:
        return self._guarded(self._verify)

    def _verify(self) -> Verified:
        serving = indexes.state(self._writer).serving
        if serving is None:
            raise EngineDown(_("There is no index yet: start the worker, or run search rebuild."))
        # An index of another make has no checksums, or others.
        contents = not indexes.outdated(self._writer, serving)
        return comparison.repair(self._writer, self.name, contents=contents)

    def status(self) -> Status:
        try:
            state = indexes.state(self._looker)
            if state.serving is None:
                return self._status(ready=False, note=_("The index is being built by the worker."))
            documents = comparison.totals(self._looker, indexes.alias())[0]
            outdated = indexes.outdated(self._looker, state.serving)
        except (TransportError, ApiError) as error:
            return self._status(ready=False, note=_reason(error), error=_reason(error))
        return self._status(ready=True, documents=documents, note=_note(state, outdated=outdated), outdated=outdated)

    def drop(self) -> None:
        """Removes all indexes of this installation."""
        self._guarded(lambda: indexes.drop(self._writer))
        self.forget()

    def _guarded(self, function: Callable[[], T]) -> T:
        try:
            return function()
        except (TransportError, ApiError) as error:
            raise EngineDown(_reason(error)) from error


def _late(seconds: float) -> str:
    if seconds < LATE_SECONDS:
        return ""
    text = _(
        "The search index is being brought up to date: what changed in the last %(minutes)s minutes may be missing."
    )
    return text % {"minutes": math.ceil(seconds / 60)}


def _reason(error: TransportError | ApiError) -> str:
    return f"{type(error).__name__}: {error}"[:300]


def _note(state: indexes.State, *, outdated: bool) -> str:
    notes = [state.serving or ""]
    if outdated:
        notes.append(_("made for an older version: run search rebuild"))
    for name in state.filling:
        if rebuilding.is_left(name):
            notes.append(
                _("%(name)s was left by a rebuild that was broken off; the worker removes it") % {"name": name}
            )
        else:
            notes.append(_("a rebuild fills %(name)s") % {"name": name})
    return " · ".join(notes)
