"""Activities follow their entries, set-based and inside the transaction of the change."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import Case, Exists, OuterRef, Q, Subquery, Value, When
from django.dispatch import receiver
from django.utils import timezone

from portal.catalogue.models import Entry
from portal.catalogue.signals import entries_announced, entries_changed
from portal.people.models import Person
from portal.timeline.models import Activity
from portal.timeline.relay import relay, renew_heads


@receiver(entries_announced, dispatch_uid="timeline.announced")
def announced(entries: list[Entry], verb: str, actor: Person | None, **kwargs: object) -> None:
    """One activity an entry; positions follow when the transaction has committed."""
    now = timezone.now()
    if known := [entry.pk for entry in entries if entry.version > 1]:
        Activity.objects.filter(entry_id__in=known, latest=True).update(latest=False, live=False)
    Activity.objects.bulk_create(
        [
            Activity(
                actor=actor,
                verb=verb,
                entry=entry,
                audience_id=entry.audience_id,
                gate_id=entry.gate_id,
                kind=entry.kind,
                department_id=entry.department_id,
                live=entry.state == Entry.State.LIVE and entry.chain_live,
                created_at=min(entry.published_at, now),
            )
            for entry in entries
        ],
        batch_size=500,
    )
    transaction.on_commit(relay)


@receiver(entries_changed, dispatch_uid="timeline.changed")
def changed(entry_ids: Any, **kwargs: object) -> None:
    """Copies audience, gate, home and liveness of the changed entries."""
    activities = Activity.objects.filter(entry_id__in=entry_ids)
    entry = Entry.objects.filter(pk=OuterRef("entry_id"))
    shown = Exists(entry.filter(state="live", chain_live=True))
    activities.update(
        audience_id=Subquery(entry.values("audience_id")[:1]),
        gate_id=Subquery(entry.values("gate_id")[:1]),
        department_id=Subquery(entry.values("department_id")[:1]),
        live=Case(When(Q(latest=True) & Q(shown), then=Value(True)), default=Value(False)),
    )
    renew_heads(activities.exclude(position=None).values_list("audience_id", flat=True).distinct())
