"""What operators read about sources: the same on the command line and elsewhere."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery

from portal.ingestion.models import RejectedItem, Run, Source, WriteBack


def source_facts(sources: QuerySet[Source]) -> list[dict[str, Any]]:
    """Each source with its last run and what waits or went wrong; two queries for all of them."""
    newest = Run.objects.filter(source=OuterRef("pk")).order_by("-pk").values("pk")[:1]
    rows = list(
        sources.select_related("department").annotate(
            last_run=Subquery(newest),
            waiting=Count("deliveries", filter=Q(deliveries__state="waiting"), distinct=True),
            failed=Count("deliveries", filter=Q(deliveries__state="failed"), distinct=True),
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
        "pull_from": source.pull_from,
        "transport": source.transport,
        "schedule": source.schedule,
        "next_run_at": source.next_run_at,
        "paused": source.paused,
        "last_success_at": source.last_success_at,
        "last_error": source.last_error,
        "waiting": source.waiting,
        "failed": source.failed,
        "rejected": source.rejected,
        "write_backs_waiting": source.write_backs_waiting,
        "write_backs_failed": source.write_backs_failed,
        "last_run": run and {"state": run.state, "finished_at": run.finished_at, **run.counts},
    }


def failed_write_backs(source: Source) -> list[dict[str, Any]]:
    """What people did here and its system did not take, oldest first; without what they wrote."""
    return [one.facts() for one in source.write_backs.filter(state=WriteBack.State.FAILED)]


def rejected_items(source: Source) -> list[dict[str, Any]]:
    """The open rejected items of a source, oldest first."""
    return [item.facts() for item in source.rejected_items.filter(state=RejectedItem.State.OPEN)]
