"""Gives activities their positions after commit (ids commit out of order) and keeps each audience's head."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import connection, transaction
from django.db.models import Max

from portal.timeline.models import Activity, AudienceHead

BATCH = 5000


def relay() -> int:
    """Places what is committed and not yet placed; how many. Whoever comes second finds nothing to do.

    Called after each commit and by the worker's sweep, which finds what a lost hint left.
    """
    with transaction.atomic():
        if not _only_one():
            return 0
        waiting = Activity.objects.filter(position=None).order_by("created_at", "pk")
        rows = list(waiting.only("pk", "audience_id", "live")[:BATCH])
        if not rows:
            return 0
        newest = Activity.objects.aggregate(newest=Max("position"))["newest"] or 0
        heads: dict[int, int] = {}
        for number, row in enumerate(rows, start=1):
            row.position = newest + number
            if row.live:
                heads[row.audience_id] = row.position
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


def _raise_heads(heads: dict[int, int]) -> None:
    AudienceHead.objects.bulk_create(
        [AudienceHead(audience_id=a, position=p) for a, p in sorted(heads.items())],
        update_conflicts=True,
        unique_fields=["audience_id"],
        update_fields=["position"],
    )


def renew_heads(audience_ids: Iterable[int]) -> None:
    """Heads of audiences that gained older activities (an entry changed its audience). A head may be too new
    (that costs a look in vain), never too old (that would hide something)."""
    newest = (
        Activity.objects.filter(audience_id__in=list(audience_ids), live=True, position__isnull=False)
        .order_by()
        .values_list("audience_id")
        .annotate(newest=Max("position"))
    )
    present = dict(AudienceHead.objects.filter(audience_id__in=[a for a, _p in newest]).values_list())
    _raise_heads({a: p for a, p in newest if p > present.get(a, 0)})
