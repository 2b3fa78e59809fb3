"""Writes to rosters: set-based, from deliveries; and to the addresses of personal calendars."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from plugins.rosters.cards import shift_card
from plugins.rosters.changes import gone_at, sequence_after
from plugins.rosters.items import ShiftItem
from plugins.rosters.models import Feed, Shift
from plugins.rosters.private import WORDS, words_of
from plugins.rosters.telling import tell
from portal.audit import record
from portal.catalogue.actions import put_many
from portal.host import gate
from portal.ingestion.models import Source
from portal.people.lookup import by_address_or_login, names_of
from portal.people.models import Person
from portal.social.secret_addresses import hash_of, new_secret

SLUG = "rosters"
BATCH = 500
COPIED = ["starts_at", "ends_at", "time_zone", "all_day", "kind", "cancelled"]
SHOWN = [*COPIED, *WORDS, "own_words"]
# A calendar asks once an hour or oftener; that it does is noted at most so often.
NOTED_EVERY = timedelta(minutes=15)


@transaction.atomic
def record_shifts(source: Source, items: Sequence[ShiftItem], *, read_until: datetime | None = None) -> None:
    """Stores shifts and their entries, and tells people. An address nobody here has is kept until somebody has it.

    `read_until`: what begins later could not be delivered before, so that it comes up now is no change.
    """
    rows = {item.external_id: item for item in items}
    people = by_address_or_login(item.email for item in rows.values())
    known = {shift.external_id: shift for shift in Shift.objects.filter(source=source, external_id__in=rows)}
    shifts = [_shift_of(source, item, people, known.get(item.external_id)) for item in rows.values()]
    Shift.objects.bulk_create(
        shifts,
        update_conflicts=True,
        unique_fields=["source", "external_id"],
        update_fields=[*SHOWN, "department", "person", "name", "awaits", "missing_since", "read_at", "sequence"],
    )
    renew_entries(Shift.objects.filter(source=source, external_id__in=rows))
    pairs = [(known.get(shift.external_id), shift) for shift in shifts]
    tell(source, [(old, new) for old, new in pairs if old or read_until is None or new.starts_at < read_until])


def _shift_of(source: Source, item: ShiftItem, people: dict[str, Person], before: Shift | None) -> Shift:
    address = item.email.lower()
    shift = Shift(
        source=source,
        external_id=item.external_id,
        department_id=source.department_id,
        person=people.get(address),
        name=item.name or item.email,
        awaits="" if address in people else address,
        read_at=timezone.now(),
        **words_of(item),
        **{field: getattr(item, field) for field in COPIED},
    )
    shift.sequence = sequence_after(before, shift, SHOWN)
    return shift


@transaction.atomic
def people_came(source: Source, shifts: Sequence[Shift]) -> None:
    """These shifts have got the people they waited for: theirs from now on, and told like any other change."""
    before = [copy(shift) for shift in shifts]
    for shift in before:
        shift.person = None
    same = Shift.objects.filter(pk__in=[shift.pk for shift in shifts])
    same.update(sequence=F("sequence") + 1)
    renew_entries(same)
    tell(source, list(zip(before, shifts, strict=True)))


@transaction.atomic
def mark_shifts_missing(source: Source, external_ids: Sequence[str], *, between: tuple[datetime, datetime]) -> None:
    """The roster no longer has these: they stay and say so. What only left the window is left alone."""
    unseen = Shift.objects.filter(source=source, external_id__in=external_ids, missing_since=None)
    gone = list(unseen.filter(ends_at__gt=between[0], starts_at__lt=between[1]))
    ids, now = [shift.pk for shift in gone], timezone.now()
    Shift.objects.filter(pk__in=ids).update(missing_since=now, sequence=F("sequence") + 1)
    renew_entries(Shift.objects.filter(pk__in=ids))
    tell(source, [(shift, gone_at(shift, now)) for shift in gone])


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
    """Takes somebody off all shifts, text that came with them included; how many there were.

    With them go those that wait for an address of theirs, so that nobody gets these later.
    """
    theirs = Q(person=person) | Q(awaits__in=names_of(person))
    ids = list(Shift.objects.filter(theirs).values_list("pk", flat=True))
    shifts = Shift.objects.filter(pk__in=ids)
    shifts.update(person=None, name=_("somebody who left"), awaits="", title=_("Shift"), note="", link="", own_words={})
    renew_entries(shifts)
    return len(ids)


@transaction.atomic
def give_address(person: Person, *, acting_person: Person) -> str:
    """A new secret for the person's calendar; the one before ends. It is told here and never again.

    Raises PluginOff.
    """
    gate.require(SLUG, person)
    secret = new_secret()
    fields = {"secret_hash": hash_of(secret), "created_at": timezone.now(), "last_used_at": None}
    feed, _created = Feed.objects.update_or_create(person=person, defaults=fields)
    record("content.create", feed, acting_person=acting_person)
    return secret


@transaction.atomic
def revoke_address(person: Person, *, acting_person: Person | None) -> bool:
    """Whoever has the address reads nothing from now on; False if there was none."""
    feed = Feed.objects.filter(person=person).first()
    if feed is None:
        return False
    record("content.delete", feed, acting_person=acting_person)
    feed.delete()
    return True


@transaction.atomic
def note_use(person: Person) -> None:
    """That the address was asked just now: at most one write in a quarter of an hour."""
    now = timezone.now()
    Feed.objects.filter(person=person).exclude(last_used_at__gt=now - NOTED_EVERY).update(last_used_at=now)
