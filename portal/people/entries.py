"""Everybody has an entry, so that search and mentions find people: it is made by the worker and follows the person."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from django.db import transaction
from django.db.models import CharField, Exists, OuterRef, QuerySet
from django.db.models.functions import Cast

from portal.catalogue.actions import put_many
from portal.catalogue.card import label_of
from portal.catalogue.models import Entry
from portal.people.cards import person_card
from portal.people.models import Department, Membership, Person

BATCH = 200


def make_missing() -> int:
    """Entries for people who have none yet, one batch; how many."""
    if not Department.objects.filter(depth=1).exists():
        return 0
    entries = Entry.objects.filter(label=label_of(Person), key=OuterRef("entry_key"))
    active = Person.objects.filter(is_active=True)
    people: Any = active.annotate(entry_key=Cast("pk", CharField())).filter(~Exists(entries))
    return _put(people.order_by("pk")[:BATCH])


@transaction.atomic
def follow(person_ids: Iterable[int]) -> None:
    """Writes the entries of these people anew, of those who have one."""
    wanted: Collection[str] = [str(pk) for pk in person_ids]
    known = Entry.objects.filter(label=label_of(Person), key__in=wanted).exclude(state=Entry.State.REMOVED)
    keys = list(known.values_list("key", flat=True))
    if keys:
        _put(Person.objects.filter(pk__in=[int(key) for key in keys]))


def _put(people: QuerySet[Person]) -> int:
    """Writes the cards of these people, whose homes are read at once; how many."""
    found = list(people)
    rows = Membership.objects.filter(person__in=found, is_primary=True).select_related("department")
    homes = {row.person_id: row.department for row in rows}
    for person in found:
        person.primary_department = homes.get(person.pk)
    return len(put_many([person_card(person) for person in found]))
