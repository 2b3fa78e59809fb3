"""What operators read about sources: the same on the command line and elsewhere."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery

from portal.ingestion.freshness import freshness
from portal.ingestion.models import Delivery, RejectedItem, Run, Source, WriteBack
from portal.ingestion.transports.address import shown


def source_facts(sources: QuerySet[Source]) -> list[dict[str, Any]]:
    """Each source with its last run and what waits or went wrong; three queries for all of them."""
    newest = Run.objects.filter(source=OuterRef("pk")).order_by("-pk").values("pk")[:1]
    rows = list(
        sources.select_related("department")
        .prefetch_related("told")
        .annotate(
            last_run=Subquery(newest),
            waiting=Count("deliveries", filter=Q(deliveries__state="waiting"), distinct=True),
            failed=Count("deliveries", filter=Q(deliveries__state="failed"), distinct=True),
            held=Count("deliveries", filter=Q(deliveries__state="held"), distinct=True),
            rejected=Count("rejected_items", filter=Q(rejected_items__state="open"), distinct=True),
            write_backs_waiting=Count(
                "write_backs", filter=Q(write_backs__state__in=("waiting", "sending")), distinct=True
            ),
            write_backs_failed=Count("write_backs", filter=Q(write_backs__state="failed"), distinct=True),
        )
    )
    runs = Run.objects.in_bulk([row.last_run for row in rows if row.last_run])
    return [_facts(row, runs.get(row.last_run)) for row in rows]


def _facts(source: Any, run: Run | None) -> dict[str, Any]:
    return {
        "slug": source.slug,
        "name": source.name,
        "adapter": source.adapter,
        "plugin": source.plugin,
        "department": source.department.url_path,
        "pull_from": shown(source.pull_from),
        "transport": source.transport,
        "schedule": source.schedule,
        "next_run_at": source.next_run_at,
        "paused": source.paused,
        "last_success_at": source.last_success_at,
        "stale": freshness(source).stale,
        "stale_after": source.stale_after,
        "hold_share": source.hold_share,
        "audience_roles": source.audience_roles,
        "tell": sorted(person.username for person in source.told.all()),
        "last_error": source.last_error,
        "trouble": source.trouble,
        "waiting": source.waiting,
        "failed": source.failed,
        "held": source.held,
        "rejected": source.rejected,
        "write_backs_waiting": source.write_backs_waiting,
        "write_backs_failed": source.write_backs_failed,
        "last_run": run and {"state": run.state, "finished_at": run.finished_at, **run.counts},
    }


def history(source: Source, *, limit: int) -> list[dict[str, Any]]:
    """Its newest runs and the fetches that brought nothing, newest first.

    Of a run by what, when, how long (seconds), of which delivery, with counts and error; of a fetch when, how long and
    why it failed, or how many `times` in a row nothing was new, from `started_at` to `finished_at`.
    """
    found = [*_runs(source, limit), *_fetches(source, limit)]
    return sorted(found, key=lambda one: one["started_at"], reverse=True)[:limit]


def _fetches(source: Source, limit: int) -> list[dict[str, Any]]:
    return [
        {
            "state": f"fetch {fetch.state}",
            "started_at": fetch.started_at,
            "finished_at": fetch.finished_at,
            "seconds": fetch.duration,
            "times": fetch.times,
            "error": fetch.error,
        }
        for fetch in source.fetches.all()[:limit]
    ]


def _runs(source: Source, limit: int) -> list[dict[str, Any]]:
    return [
        {
            "state": run.state,
            "trigger": run.trigger,
            "started_at": run.started_at,
            "seconds": (run.finished_at - run.started_at).total_seconds() if run.finished_at else None,
            "receipt": run.delivery.receipt,
            **run.counts,
            "error": run.error,
        }
        for run in source.runs.select_related("delivery")[:limit]
    ]


def delivery_facts(deliveries: QuerySet[Delivery]) -> list[dict[str, Any]]:
    """What became of deliveries, newest first, with the counts of the last run of each; two queries.

    `error`: why one failed, is held or was discarded. A held one's counts are what it would do.
    """
    newest = Run.objects.filter(delivery=OuterRef("pk")).order_by("-pk").values("pk")[:1]
    rows: list[Any] = list(deliveries.annotate(last_run=Subquery(newest)))
    runs = Run.objects.in_bulk([row.last_run for row in rows if row.last_run])
    return [
        {
            "receipt": row.receipt,
            "state": row.state,
            "kind": row.kind,
            "sent_at": row.sent_at,
            "received_at": row.received_at,
            "bytes": row.size,
            "attempts": row.attempts,
            "error": row.error,
            **(runs[row.last_run].counts if row.last_run else {}),
        }
        for row in rows
    ]


def failed_write_backs(source: Source) -> list[dict[str, Any]]:
    """What people did here and its system did not take, oldest first; without what they wrote."""
    return [one.facts() for one in source.write_backs.filter(state=WriteBack.State.FAILED)]


def rejected_items(source: Source) -> list[dict[str, Any]]:
    """The open rejected items of a source, oldest first."""
    names = ("id", "position", "external_id", "reason", "raw", "state")
    return [
        {name: getattr(item, name) for name in names} | {"created_at": item.created_at.isoformat()}
        for item in source.rejected_items.filter(state=RejectedItem.State.OPEN)
    ]
