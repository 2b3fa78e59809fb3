"""The outbox: what each search engine's index still has to take over."""

from __future__ import annotations

from collections.abc import Iterable

from django.conf import settings
from django.db import connection
from django.db.models import F, QuerySet
from django.utils import timezone

from portal.catalogue.models import Entry, Outbox
from portal.catalogue.signals import entries_queued

DATABASE, ELASTICSEARCH = "database", "elasticsearch"


def engines() -> list[str]:
    """The engines whose indexes are kept: always the embedded one, since search falls back to it."""
    return [DATABASE, ELASTICSEARCH] if settings.ELASTICSEARCH_URL else [DATABASE]


def send(entries: QuerySet[Entry] | Iterable[int], *, narrowed: bool) -> None:
    """Queues the entries for every engine: one statement an engine, however many entries."""
    if not isinstance(entries, QuerySet):
        entries = Entry.objects.filter(pk__in=list(entries))
    # Named columns, so that the subquery reads the same on SQLite and PostgreSQL.
    picked = entries.order_by().annotate(picked_id=F("pk"), picked_version=F("version"))
    sql, params = picked.values("picked_id", "picked_version").query.sql_with_params()
    statement = (
        "INSERT INTO catalogue_outbox (entry_id, engine, version, narrowed, attempts, error, created_at) "  # noqa: S608
        f"SELECT picked_id, %s, picked_version, %s, 0, '', %s FROM ({sql}) AS picked WHERE 1 = 1 "
        "ON CONFLICT (engine, entry_id) DO UPDATE SET version = excluded.version, attempts = 0, "
        "retry_at = NULL, error = '', narrowed = catalogue_outbox.narrowed OR excluded.narrowed"
    )
    with connection.cursor() as cursor:
        for engine in engines():
            cursor.execute(statement, [engine, narrowed, timezone.now(), *params])
    entries_queued.send(Entry)


def narrowed_ids(engine: str, limit: int = 1000) -> list[int] | None:
    """Entries the engine's index may still show to somebody who may no longer see them; None if too many."""
    ids = list(Outbox.objects.filter(engine=engine, narrowed=True).values_list("entry_id", flat=True)[: limit + 1])
    return ids if len(ids) <= limit else None


def lag(engine: str) -> int:
    """How many entries the engine's index is behind."""
    return Outbox.objects.filter(engine=engine).count()
