"""Deletes tombstones of removed things once nobody can want them back."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from portal.catalogue.models import Entry, Outbox
from portal.catalogue.signals import entries_purged

KEPT = timedelta(days=30)
BATCH = 1000


@transaction.atomic
def purge_removed() -> int:
    """Deletes one batch of tombstones older than 30 days that every index has acknowledged; how many."""
    old = Entry.objects.filter(state="removed", updated_at__lt=timezone.now() - KEPT)
    ids = set(old.values_list("pk", flat=True)[:BATCH])
    ids -= set(Outbox.objects.filter(entry_id__in=ids).values_list("entry_id", flat=True))
    gone = Entry.objects.filter(pk__in=ids) | Entry.objects.filter(root__in=ids)
    pairs = list(gone.values_list("label", "key"))
    if pairs:
        entries_purged.send(Entry, pairs=pairs)
        Entry.objects.filter(pk__in=ids).delete()
    return len(pairs)
