"""What the rosters hold about a person, and how it is erased. Never gated."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from plugins.rosters.actions import forget_person, revoke_address
from plugins.rosters.models import Feed, Shift
from plugins.rosters.private import reveal
from portal.audit import record
from portal.people.models import Person

# In an archive: as `forget_person` leaves it.
person_columns = {
    "rosters.shift": {
        "person_id": {"name": _("somebody who left"), "title": _("Shift"), "note": "", "link": "", "own_words": {}}
    },
    "rosters.feed": {"person_id": "drop"},
}


def export(person: Person) -> dict[str, Any]:
    """All shifts of the person, in order of time; and since when there is an address for the person's calendar."""
    shifts = Shift.objects.filter(person=person).select_related("department", "source").order_by("starts_at", "pk")
    feed = Feed.objects.filter(person=person).first()
    return {
        "shifts": [
            {
                "id": shift.pk,
                "source": shift.source.slug,
                "department": shift.department.url_path,
                "title": shift.title,
                "starts_at": shift.starts.isoformat(),
                "ends_at": shift.ends.isoformat(),
                "note": shift.note,
                "cancelled": shift.cancelled,
            }
            for shift in map(reveal, shifts)
        ],
        "calendar_address": {
            "created_at": feed.created_at.isoformat(),
            "last_used_at": feed.last_used_at.isoformat() if feed.last_used_at else None,
        }
        if feed
        else None,
    }


@transaction.atomic
def erase(person: Person, *, acting_person: Person | None) -> int:
    """Takes the person off all shifts, and the calendar's address with them; how many rows.

    The rota system must forget them too, or names come back.
    """
    count = forget_person(person)
    revoked = revoke_address(person, acting_person=acting_person)
    record("content.edit", person, acting_person=acting_person, data={"rosters.shift": count})
    return count + revoked
