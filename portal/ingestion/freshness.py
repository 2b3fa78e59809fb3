"""How fresh what a source delivered is, for the line under every automated item."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from portal.ingestion.models import Source
from portal.jobs.schedules import next_run


@dataclass(frozen=True)
class Freshness:
    """`source`: its name for readers. `read_at`: as of when its data is; None before the first."""

    source: str
    read_at: datetime | None
    stale: bool


def freshness(source: Source) -> Freshness:
    """Of one source; no query."""
    return Freshness(source.name, source.last_success_at, _is_stale(source, timezone.now()))


def freshness_of(source_ids: Iterable[int]) -> dict[int, Freshness]:
    """Of many sources by id; one query."""
    return {source.pk: freshness(source) for source in Source.objects.filter(pk__in=set(source_ids))}


def _is_stale(source: Source, now: datetime) -> bool:
    read_at = source.last_success_at
    if read_at is None:
        return True
    if source.stale_after is not None:
        return now - read_at > timedelta(minutes=source.stale_after)
    if not source.schedule:
        return False  # who is only sent to cannot know that something should have come
    expected = next_run(source.schedule, next_run(source.schedule, read_at))
    return now > expected + timedelta(minutes=1)
