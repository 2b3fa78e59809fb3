"""Search's side of the outbox: what waits, what is done, what is tried again later."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import reduce
from operator import or_
from typing import NamedTuple

from django.core.exceptions import EmptyResultSet
from django.db import connection, transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from portal.catalogue.models import Entry, Outbox

logger = logging.getLogger(__name__)

INLINE = 50  # entries indexed right after the commit that changed them; more is left to the worker
_LONGEST_WAIT = 3600  # seconds
_ATTEMPTS = 20  # counted


class Waiting(NamedTuple):
    version: int
    narrowed: bool


class Refused(NamedTuple):
    """An entry that the engine does not take: how often it was tried, when it is tried again, the engine's words."""

    entry_id: int
    attempts: int
    retry_at: datetime | None
    error: str


def due(engine: str) -> QuerySet[Outbox]:
    return Outbox.objects.filter(Q(retry_at=None) | Q(retry_at__lte=timezone.now()), engine=engine)


def waiting(engine: str, limit: int, *, lock: bool = False) -> dict[int, Waiting]:
    """What is due, narrowed entries first; with `lock` (in a transaction) rows others work on are left to them."""
    rows = due(engine).order_by("-narrowed", "pk")
    if lock and connection.features.has_select_for_update_skip_locked:
        rows = rows.select_for_update(skip_locked=True)
    found = rows.values_list("entry_id", "version", "narrowed")[:limit]
    return {pk: Waiting(version, narrowed) for pk, version, narrowed in found}


def acknowledge(engine: str, done: Mapping[int, int]) -> None:
    """Deletes the rows of what the index holds; a row that meanwhile asks for more stays."""
    if not done:
        return
    by_version: dict[int, list[int]] = {}
    for pk, version in done.items():
        by_version.setdefault(version, []).append(pk)
    held = reduce(or_, (Q(entry_id__in=ids, version__lte=version) for version, ids in by_version.items()))
    Outbox.objects.filter(held, engine=engine).delete()


def postpone(engine: str, failed: Mapping[int, str]) -> None:
    """Each refused entry waits twice as long as before, up to an hour; the others go on."""
    rows = list(Outbox.objects.filter(engine=engine, entry_id__in=list(failed)))
    for row in rows:
        row.attempts = min(row.attempts + 1, _ATTEMPTS)
        seconds = min(2**row.attempts, _LONGEST_WAIT)
        row.retry_at = timezone.now() + timedelta(seconds=seconds)
        row.error = failed[row.entry_id][:300]
        # The engine's words may quote the entry: they are told by `search status`, and kept out of the log.
        logger.warning("%s refused entry %s, tried again in %s s; see search status", engine, row.entry_id, seconds)
    Outbox.objects.bulk_update(rows, ["attempts", "retry_at", "error"])


def retry_now(engine: str) -> None:
    """What was refused is due at once: the index is another one now."""
    Outbox.objects.filter(engine=engine, retry_at__isnull=False).update(retry_at=None)


def refused(engine: str, most: int = 5) -> list[Refused]:
    """Some of what was postponed, tried most often first."""
    rows = Outbox.objects.filter(engine=engine, attempts__gt=0).order_by("-attempts", "pk")[:most]
    return [Refused(row.entry_id, row.attempts, row.retry_at, row.error) for row in rows]


def enqueue(engine: str, entries: QuerySet[Entry]) -> int:
    """Queues entries for one engine in one statement; what waits already is due at once."""
    picked = entries.order_by().annotate(picked_id=F("pk"), picked_version=F("version"))
    try:
        sql, params = picked.values("picked_id", "picked_version").query.sql_with_params()
    except EmptyResultSet:
        return 0
    statement = (
        "INSERT INTO catalogue_outbox (entry_id, engine, version, narrowed, attempts, error, created_at) "  # noqa: S608
        f"SELECT picked_id, %s, picked_version, %s, 0, '', %s FROM ({sql}) AS picked WHERE 1 = 1 "
        "ON CONFLICT (engine, entry_id) DO UPDATE SET retry_at = NULL"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [engine, False, timezone.now(), *params])
        return int(cursor.rowcount)


def enqueue_gone(engine: str, held: Mapping[int, int]) -> None:
    """Queues entries that an index holds (id -> version) but should not.

    `narrowed`, so that nobody is shown them meanwhile; at that version at least, so that the index forgets them.
    """
    now = timezone.now()
    rows = [Outbox(entry_id=pk, engine=engine, version=held[pk], narrowed=True, created_at=now) for pk in held]
    Outbox.objects.bulk_create(rows, ignore_conflicts=True, batch_size=500)


def index_after_commit(sender: object = None, **kwargs: object) -> None:
    """Something was queued: the database index takes it over as soon as the transaction is committed.

    One callback a transaction, however much is queued in it. Only the embedded stack does so; with Elasticsearch
    the worker keeps both indexes.
    """
    from search.conf import elasticsearch_url

    if elasticsearch_url() or any(waiting[1] is _drain_a_little for waiting in connection.run_on_commit):
        return
    transaction.on_commit(_drain_a_little, robust=True)


def _drain_a_little() -> None:
    from search.engines import database_engine

    try:
        with transaction.atomic():
            database_engine().drain(INLINE)
    except Exception:
        # What was written stays written: the worker indexes it.
        logger.exception("indexing after the commit failed")
