"""How long notifications are kept, and what a person is told of them by the privacy export."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from portal.notifications.models import Notification
from portal.people.models import Person

READ_DAYS = 60
UNREAD_DAYS = 180


@transaction.atomic
def forget_old() -> int:
    """A nightly job: what was read 60 days ago, and what nobody has read in 180; how many that were."""
    now = timezone.now()
    old = Q(created_at__lt=now - timedelta(days=UNREAD_DAYS)) | Q(read_at__lt=now - timedelta(days=READ_DAYS))
    gone = Notification.objects.filter(old)
    gone = Notification.objects.filter(pk__in=list(gone.values_list("pk", flat=True)[:10_000]))
    return gone.delete()[0]


def export(person: Person) -> dict[str, Any]:
    """All of the person's own, what a closed gate hides included."""
    rows = Notification.objects.filter(person=person).order_by("-pk")
    return {
        "notifications": [
            {
                "plugin": row.plugin,
                "type": row.type,
                "data": row.data,
                "told_at": row.created_at.isoformat(),
                "read_at": row.read_at.isoformat() if row.read_at else None,
            }
            for row in rows
        ]
    }


@transaction.atomic
def erase(person: Person) -> int:
    """How many there were."""
    return Notification.objects.filter(person=person).delete()[0]
