"""Gives activities their positions after commit (ids commit out of order) and keeps each audience's head."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import connection, transaction
from django.db.models import Max

from portal.timeline.models import Activity, AudienceHead

BATCH = 5000

Head = tuple[int, str]  # audience, kind


def relay() -> int:
    """Places what is committed and not yet placed; how many. Whoever comes second finds nothing to do.

    Called after each commit and by the worker's sweep, which finds what a lost hint left.
    """
    with transaction.atomic():
        if not _only_one():
            return 0
        waiting = Activity.objects.filter(position=None).order_by("created_at", "pk")
        rows = list(waiting.only("pk", "audience_id", "kind", "live")[:BATCH])
        if not rows:
            return 0
        newest = Activity.objects.aggregate(newest=Max("position"))["newest"] or 0
        heads: dict[Head, int] = {}
        for number, row in enumerate(rows, start=1):
            row.position = newest + number
            if row.live:
                heads[row.audience_id, ""] = heads[row.audience_id, row.kind] = row.position
        Activity.objects.bulk_update(rows, ["position"], batch_size=500)
        _raise_heads(heads)
    return len(rows)


def _only_one() -> bool:
    """On PostgreSQL one relay at a time, without waiting; SQLite has one writer anyway."""
    if connection.vendor != "postgresql":
        return True
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtext('folkmoot.timeline.relay'))")
        return bool(cursor.fetchone()[0])


def _raise_heads(heads: dict[Head, int]) -> None:
    AudienceHead.objects.bulk_create(
        [AudienceHead(audience_id=a, kind=k, position=p) for (a, k), p in sorted(heads.items())],
        update_conflicts=True,
        unique_fields=["kind", "audience_id"],
        update_fields=["position"],
    )


def renew_heads(audience_ids: Iterable[int]) -> None:
    """Heads of audiences that gained older activities (an entry changed its audience). A head may be too new
    (that costs a look in vain), never too old (that would hide something)."""
    ids = list(audience_ids)
    shown = Activity.objects.filter(audience_id__in=ids, live=True, position__isnull=False).order_by()
    newest: dict[Head, int] = {}
    for audience, kind, position in shown.values_list("audience_id", "kind").annotate(newest=Max("position")):
        newest[audience, kind] = position
        newest[audience, ""] = max(position, newest.get((audience, ""), 0))
    rows = AudienceHead.objects.filter(audience_id__in=ids).values_list("audience_id", "kind", "position")
    present = {(audience, kind): position for audience, kind, position in rows}
    _raise_heads({head: p for head, p in newest.items() if p > present.get(head, 0)})
