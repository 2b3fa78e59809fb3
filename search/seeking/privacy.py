"""Erasure. There is no export: it would need the very look-up that must not exist, of what a person sought."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from search.seeking.models import Round, Sought, Tally
from search.seeking.rounds import Key, key_for

if TYPE_CHECKING:
    from portal.people.models import Person

_AT_ONCE = 500


def forget_person(person: Person) -> int:
    """Deletes the person's rows that are not counted yet, and frees the seats they may have taken.

    Always gives 0: how much a person sought is nobody's business either. What has become a figure stays; it says
    nothing of anybody.
    """
    for found in Round.objects.all():
        if key := key_for(found):
            _forget_rows(person, key)
            _free_seats(person, key)
    return 0


def _forget_rows(person: Person, key: Key) -> None:
    searches = Sought.objects.filter(round_id=key.round_id).order_by().values_list("phrase", "language", "day")
    marks = (key.mark(person.pk, *search) for search in searches.distinct().iterator())
    while batch := list(islice(marks, _AT_ONCE)):
        Sought.objects.filter(mark__in=batch).delete()


def _free_seats(person: Person, key: Key) -> None:
    """A seat may be somebody else's too; then there is one person less than there were, never one more."""
    tallies = (each for each in Tally.objects.filter(round=key.round_id).iterator() if _sits(person, each, key))
    while batch := list(islice(tallies, _AT_ONCE)):
        for tally in batch:
            tally.seats &= ~(1 << key.seat(person.pk, tally.phrase, tally.language))
            tally.people = max(0, tally.people - 1)
        Tally.objects.bulk_update(batch, ["seats", "people"])


def _sits(person: Person, tally: Tally, key: Key) -> bool:
    return bool(tally.seats >> key.seat(person.pk, tally.phrase, tally.language) & 1)
