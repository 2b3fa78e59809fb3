"""The outbox: what each search engine's index still has to take over."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Count, F, Min, Q, QuerySet
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


@dataclass(frozen=True)
class Lag:
    """How far an engine's index is behind.

    `waiting` entries are taken over as soon as the engine can, the oldest of them waits for `oldest_seconds`;
    `postponed` ones were refused by the engine and are tried again, less and less often.
    """

    waiting: int = 0
    postponed: int = 0
    oldest_seconds: float = 0.0


def lags() -> dict[str, Lag]:
    """For each engine whose index is kept; one query."""
    refused, now = Q(attempts__gt=0), timezone.now()
    counted = Outbox.objects.values("engine").annotate(
        waiting=Count("pk", filter=~refused),
        postponed=Count("pk", filter=refused),
        oldest=Min("created_at", filter=~refused),
    )
    found = {engine: Lag() for engine in engines()}
    for row in counted:
        if row["engine"] in found:
            age = max(0.0, (now - row["oldest"]).total_seconds()) if row["oldest"] else 0.0
            found[row["engine"]] = Lag(row["waiting"], row["postponed"], round(age, 3))
    return found


def waits(engine: str) -> float:
    """Seconds that the entry which was queued first and not refused waits; one row is read, however many there are."""
    first = Outbox.objects.filter(engine=engine, attempts=0).order_by("pk").values_list("created_at", flat=True).first()
    return max(0.0, (timezone.now() - first).total_seconds()) if first else 0.0


@transaction.atomic
def outrun(indexed: Mapping[int, int]) -> None:
    """Lifts entries above the version (entry id -> version) that an index holds of them, and queues them.

    After a restored backup an index may know the future; without this it would refuse the present as old.
    """
    for version in set(indexed.values()):
        ids = [pk for pk, held in indexed.items() if held == version]
        Entry.objects.filter(pk__in=ids, version__lte=version).update(version=version + 1)
    send(indexed, narrowed=False)
