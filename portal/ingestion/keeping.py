"""How long is kept what sources delivered, and what became of it (docs/privacy.md). Settings give the days."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.ingestion import trouble
from portal.ingestion.models import Chunk, Delivery, RejectedItem

BATCH = 200
OPEN = RejectedItem.State.OPEN
State = Delivery.State


def purge() -> int:
    """One portion of everything whose time is over; how much, 0 when nothing is left. For the sweep."""
    return _applied_bodies() + _undecided() + _last_bodies() + _rejected() + _history()


def _before(days: int) -> datetime:
    return timezone.now() - timedelta(days=days)


def _applied_bodies() -> int:
    """Bodies of what was applied or discarded; deliveries with open rejections keep theirs up to the last limit."""
    decided = Q(delivery__state__in=(State.APPLIED, State.DISCARDED, State.IGNORED))
    old = Chunk.objects.filter(decided, delivery__received_at__lt=_before(settings.FOLKMOOT_KEEP_BODIES_DAYS))
    waited_for = RejectedItem.objects.filter(run__delivery=OuterRef("delivery"), state=OPEN)
    return _forget(old.exclude(Exists(waited_for)))


def _undecided() -> int:
    """What nobody has confirmed or discarded for so long is discarded."""
    limit = _before(settings.FOLKMOOT_KEEP_UNSETTLED_DAYS)
    ids = list(Delivery.objects.held().filter(received_at__lt=limit).values_list("pk", flat=True)[:BATCH])
    for delivery in Delivery.objects.filter(pk__in=ids).select_related("source"):
        _give_up(delivery)
    return len(ids)


@transaction.atomic
def _give_up(delivery: Delivery) -> None:
    reason = _("Nobody has decided for %(days)d days.") % {"days": settings.FOLKMOOT_KEEP_UNSETTLED_DAYS}
    Delivery.objects.held().filter(pk=delivery.pk).update(state=State.DISCARDED, error=reason)
    trouble.is_decided(delivery.source)


def _last_bodies() -> int:
    """The last limit of every body, failed or with open rejections. What waits is kept: it was never read."""
    limit = _before(settings.FOLKMOOT_KEEP_UNSETTLED_DAYS)
    return _forget(Chunk.objects.filter(delivery__received_at__lt=limit).exclude(delivery__state=State.WAITING))


def _forget(chunks: QuerySet[Chunk]) -> int:
    ids = list(chunks.filter(number=0).values_list("delivery", flat=True)[:BATCH])
    Chunk.objects.filter(delivery__in=ids).delete()
    return len(ids)


def _rejected() -> int:
    """The text of rejected items that no run has met for so long; open ones are dropped: nobody can mend them now."""
    unmet = RejectedItem.objects.filter(run__started_at__lt=_before(settings.FOLKMOOT_KEEP_UNSETTLED_DAYS))
    ids = list(unmet.filter(~Q(raw="") | Q(state=OPEN)).values_list("pk", flat=True)[:BATCH])
    RejectedItem.objects.filter(pk__in=ids, state=OPEN).update(state=RejectedItem.State.DROPPED)
    return RejectedItem.objects.filter(pk__in=ids).update(raw="")


def _history() -> int:
    """Deliveries with their runs and rejected items; of each source the newest stays, which says how fresh it is."""
    limit = _before(settings.FOLKMOOT_KEEP_HISTORY_DAYS)
    newer = Delivery.objects.filter(source=OuterRef("source"), sent_at__gt=OuterRef("sent_at"))
    old = Delivery.objects.filter(received_at__lt=limit).exclude(state=State.WAITING).filter(Exists(newer))
    ids = list(old.values_list("pk", flat=True)[:BATCH])
    if ids:
        Delivery.objects.filter(pk__in=ids).delete()
    return len(ids)
