"""Filling a new index from the catalogue while the worker goes on writing to it too."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import stamina
from django.utils import timezone
from elasticsearch import ApiError, Elasticsearch, TransportError

from portal.catalogue.models import Entry
from portal.jobs import sweep
from portal.jobs.models import Lease
from search.engines.base import EngineDown, indexable
from search.engines.elastic import bulk, indexes

# A server that takes nothing just now does not end a rebuild of an hour.
_ATTEMPTS, _SECONDS = 12, 120.0


def fill(client: Elasticsearch, name: str, size: int) -> dict[int, str]:
    """Puts every live entry into the index; entry id -> why, of those it refused.

    Raises Superseded if a later rebuild began, EngineDown if the server takes nothing for two minutes.
    """
    refused: dict[int, str] = {}
    for entries in batches(size):
        sweep.take_lease(_lease(name))
        refused |= _write(client, name, entries)
    return refused


def _write(client: Elasticsearch, name: str, entries: Sequence[Entry]) -> dict[int, str]:
    left, refused = list(entries), dict[int, str]()
    for attempt in stamina.retry_context(on=_comes_back, attempts=_ATTEMPTS, timeout=_SECONDS, wait_max=20.0):
        with attempt:
            indexes.ensure_latest(client, name)
            written = bulk.index(client, left, [name], refresh=False)
            refused |= written.failed
            left = [entry for entry in left if entry.pk not in written.done and entry.pk not in written.failed]
            if left:
                raise EngineDown("a part was put off")
    return refused


def _comes_back(error: Exception) -> bool:
    return isinstance(error, (EngineDown, TransportError, ApiError)) and not isinstance(error, indexes.Superseded)


def batches(size: int) -> Iterator[list[Entry]]:
    """All live entries by number; each batch is read when it is needed, so it is never older than the index."""
    last = 0
    while batch := list(indexable().filter(pk__gt=last).select_related("author").order_by("pk")[:size]):
        yield batch
        last = batch[-1].pk


def give_back(name: str) -> None:
    """The rebuild has ended, well or not."""
    sweep.give_back_lease(_lease(name))


def is_left(name: str) -> bool:
    """Whether no rebuild fills this index any more: a killed one is given up when its lease ends, after a minute."""
    if indexes.age(name) < sweep.LEASE.total_seconds():
        return False  # just made, its lease may not be written yet
    return not Lease.objects.filter(name=_lease(name), until__gt=timezone.now()).exists()


def _lease(name: str) -> str:
    return f"rebuild:{name}"
