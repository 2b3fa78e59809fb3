"""Everybody has an entry, so that search and mentions find people: it is made by the worker and follows the person."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from django.db import transaction
from django.db.models import CharField, Exists, OuterRef
from django.db.models.functions import Cast

from portal.catalogue.actions import put_many
from portal.catalogue.card import label_of
from portal.catalogue.models import Entry
from portal.people.cards import person_card
from portal.people.models import Department, Membership, Person

BATCH = 200


def make_missing() -> int:
    """Entries for people who have none yet, one batch; how many. One query on a small index if nobody is without."""
    if not Person.objects.without_entry().exists() or not Department.objects.organisation():
        return 0
    return _make_batch()


@transaction.atomic
def _make_batch() -> int:
    """The rows are locked, so that whoever changes them meanwhile finds the entry and writes it anew."""
    people = list(Person.objects.without_entry().select_for_update(no_key=True).order_by("pk")[:BATCH])
    _put(people)
    return Person.objects.filter(pk__in=[person.pk for person in people]).update(has_entry=True)


def find_lost() -> int:
    """Whose entry is gone although it was made (rows copied without it) is without from now on; how many.

    Asks for every person, so seldom.
    """
    entries = Entry.objects.filter(label=label_of(Person), key=OuterRef("entry_key"))
    made: Any = Person.objects.active().filter(has_entry=True).annotate(entry_key=Cast("pk", CharField()))
    return int(made.filter(~Exists(entries)).update(has_entry=False))


@transaction.atomic
def follow(person_ids: Iterable[int]) -> None:
    """Writes the entries of these people anew, of those who have one."""
    wanted: Collection[str] = [str(pk) for pk in person_ids]
    known = Entry.objects.filter(label=label_of(Person), key__in=wanted).exclude(state=Entry.State.REMOVED)
    keys = list(known.values_list("key", flat=True))
    if keys:
        _put(list(Person.objects.filter(pk__in=[int(key) for key in keys])))


def _put(people: list[Person]) -> None:
    """Writes the cards of these people, whose homes are read at once."""
    rows = Membership.objects.filter(person__in=people, is_primary=True).select_related("department")
    homes = {row.person_id: row.department for row in rows}
    for person in people:
        person.primary_department = homes.get(person.pk)
    put_many([person_card(person) for person in people])
