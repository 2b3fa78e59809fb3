"""Deliveries that wait for somebody to look at them; what was applied before them stays meanwhile."""

from __future__ import annotations

from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.ingestion import trouble
from portal.ingestion.lease import SourceLease
from portal.ingestion.models import Delivery, Run
from portal.ingestion.survey import Survey

HELD, DISCARDED = Delivery.State.HELD, Delivery.State.DISCARDED


@transaction.atomic
def hold(attempt: Run, survey: Survey, reason: str, lease: SourceLease) -> None:
    """Sets a delivery aside with the reason, and the run with what it would have done. Raises LeaseLost."""
    lease.renew()
    delivery = attempt.delivery
    attempt.state, attempt.finished_at, attempt.error = Run.State.HELD, timezone.now(), reason
    attempt.counts = survey.counts | {"missing": survey.missing}
    attempt.save(update_fields=["state", "finished_at", "error", "counts"])
    delivery.state, delivery.error, delivery.retry_at = HELD, reason, None
    delivery.save(update_fields=["state", "error", "retry_at"])
    if not _take_place(delivery, complete=survey.complete):
        trouble.held(delivery.source, reason)


def _take_place(delivery: Delivery, *, complete: bool) -> bool:
    """Of several that are held the newest stays: all of a complete source, those that say the same of another.

    Returns whether the same was held before.
    """
    source = delivery.source
    others = source.deliveries.held().exclude(pk=delivery.pk)
    if not complete:
        others = others.filter(content_hash=delivery.content_hash)
    if others.filter(sent_at__gt=delivery.sent_at).exists():
        _discard(source.deliveries.filter(pk=delivery.pk))
        delivery.refresh_from_db(fields=["state", "error"])
        return True
    known = others.filter(content_hash=delivery.content_hash).exists()
    _discard(others)
    return known


def _discard(deliveries: models.QuerySet[Delivery]) -> None:
    deliveries.update(state=DISCARDED, error=_("A newer delivery took its place."))


def supersede(applied: Delivery) -> None:
    """A complete delivery was applied: what was held before it has nothing to add."""
    _discard(applied.source.deliveries.held().filter(sent_at__lt=applied.sent_at))
