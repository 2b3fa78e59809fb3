"""Writes to rosters: set-based, from deliveries."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext as _

from plugins.rosters.cards import shift_card
from plugins.rosters.items import ShiftItem
from plugins.rosters.models import Shift
from portal.catalogue.actions import put_many
from portal.ingestion.models import Source
from portal.people.models import Person

BATCH = 500
COPIED = ["title", "starts_at", "ends_at", "time_zone", "all_day", "kind", "note", "cancelled"]


@transaction.atomic
def record_shifts(source: Source, items: Sequence[ShiftItem]) -> None:
    """Stores shifts and their entries. An address nobody here has leaves the name as it was delivered."""
    rows = {item.external_id: item for item in items}
    people = _people({item.email.lower() for item in rows.values() if item.email})
    now = timezone.now()
    Shift.objects.bulk_create(
        [
            Shift(
                source=source,
                external_id=item.external_id,
                department_id=source.department_id,
                person=people.get(item.email.lower()),
                name=item.name or item.email,
                read_at=now,
                **{field: getattr(item, field) for field in COPIED},
            )
            for item in rows.values()
        ],
        update_conflicts=True,
        unique_fields=["source", "external_id"],
        update_fields=[*COPIED, "department", "person", "name", "missing_since", "read_at"],
    )
    renew_entries(Shift.objects.filter(source=source, external_id__in=rows))


def _people(emails: set[str]) -> dict[str, Person]:
    """By address in small letters; only who still works here."""
    found = Person.objects.active().annotate(mail=Lower("email")).filter(mail__in=emails) if emails else ()
    return {person.mail: person for person in found}


@transaction.atomic
def mark_shifts_missing(source: Source, external_ids: Sequence[str], *, between: tuple[datetime, datetime]) -> None:
    """The roster no longer has these: they stay and say so. What only left the window is left alone."""
    gone = Shift.objects.filter(source=source, external_id__in=external_ids, missing_since=None)
    ids = list(gone.filter(ends_at__gt=between[0], starts_at__lt=between[1]).values_list("pk", flat=True))
    Shift.objects.filter(pk__in=ids).update(missing_since=timezone.now())
    renew_entries(Shift.objects.filter(pk__in=ids))


@transaction.atomic
def retarget(source: Source) -> None:
    """The source has another home or audience: its shifts follow."""
    shifts = Shift.objects.filter(source=source)
    shifts.update(department=source.department)
    renew_entries(shifts)


@transaction.atomic
def renew_entries(shifts: QuerySet[Shift]) -> None:
    """Gives the cards again. Shifts are no news of the timeline: there are too many of them."""
    ids = list(shifts.order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(ids), BATCH):
        found = Shift.objects.filter(pk__in=ids[start : start + BATCH]).order_by("pk")
        put_many([shift_card(shift) for shift in found.select_related("source", "department", "person")])


@transaction.atomic
def forget_person(person: Person) -> int:
    """Takes somebody off all shifts, text that came with them included; how many there were."""
    ids = list(Shift.objects.filter(person=person).values_list("pk", flat=True))
    shifts = Shift.objects.filter(pk__in=ids)
    shifts.update(person=None, name=_("somebody who left"), title=_("Shift"), note="")
    renew_entries(shifts)
    return len(ids)
