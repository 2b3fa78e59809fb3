"""How fresh what a source delivered is, for the line under every automated item."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.dateparse import parse_datetime

from portal.ingestion.models import Source
from portal.jobs.schedules import next_run

if TYPE_CHECKING:
    from portal.catalogue.models import Entry


@dataclass(frozen=True)
class Freshness:
    """`source`: its name for readers. `read_at`: as of when its data is; None before the first.

    `missing_since`: since when the source no longer has the item, where it is about one.
    """

    source: str
    read_at: datetime | None
    stale: bool
    missing_since: datetime | None = None


def freshness(source: Source) -> Freshness:
    """Of one source; no query."""
    return Freshness(source.name, source.last_success_at, _is_stale(source, timezone.now()))


def freshness_of(source_ids: Iterable[int]) -> dict[int, Freshness]:
    """Of many sources by id; one query."""
    return {source.pk: freshness(source) for source in Source.objects.filter(pk__in=set(source_ids))}


def sources_of(rows: Iterable[Any]) -> list[Freshness]:
    """Of the sources of rows that come with theirs (`row.source`), each once, by name; no query."""
    found = {row.source_id: row.source for row in rows}
    return sorted((freshness(source) for source in found.values()), key=lambda one: one.source)


def freshness_of_entries(entries: Iterable[Entry]) -> dict[int, Freshness]:
    """Of those entries that a source delivered, by their ids; one query, none without any.

    What it is told by is the fact `source_id` of their cards, and `stale_from` for what the source no longer has. So a
    source that is overdue shows at once on all it ever delivered, although nothing of that is written again.
    """
    delivered = {entry.pk: entry for entry in entries if entry.kind == "automated" and "source" in entry.facets}
    if not delivered:
        return {}
    known = freshness_of(entry.facets["source_id"] for entry in delivered.values() if "source_id" in entry.facets)
    return {pk: _of_entry(entry, known.get(entry.facets.get("source_id"))) for pk, entry in delivered.items()}


def _of_entry(entry: Entry, fresh: Freshness | None) -> Freshness:
    """A source that is there no more has left what it said last, and nobody vouches for it."""
    missing_since = entry.stale_from if entry.stale_from and entry.stale_from <= timezone.now() else None
    if fresh is not None:
        return Freshness(fresh.source, fresh.read_at, fresh.stale, missing_since)
    read_at = parse_datetime(str(entry.facets.get("read_at", "")))
    return Freshness(str(entry.facets["source"]), read_at, True, missing_since)


def _is_stale(source: Source, now: datetime) -> bool:
    read_at = source.last_success_at
    if read_at is None:
        return True
    if source.stale_after is not None:
        return now - read_at > timedelta(minutes=source.stale_after)
    if not source.schedule:
        return False  # who is only sent to cannot know that something should have come
    next_pull = next_run(source.schedule, read_at)
    expected = next_pull and next_run(source.schedule, next_pull)
    # Nobody vouches for what a schedule that never comes due should have brought.
    return expected is None or now > expected + timedelta(minutes=1)
