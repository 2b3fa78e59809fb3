"""Shifts that their calendar calls private: everybody who may see them reads when, few read what and why.

The words of such a shift are kept apart from its title and note, so that whoever does not ask here shows none of them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from plugins.rosters.items import ShiftItem
from plugins.rosters.models import Shift
from portal.audience.access import access_of

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from portal.people.models import Person

WORDS = ("title", "note", "link")


def words_of(item: ShiftItem) -> dict[str, object]:
    """The fields of a shift that hold an item's words, as they are stored."""
    given = {name: getattr(item, name) for name in WORDS}
    if not item.private:
        return given | {"own_words": {}}
    return {
        "title": _("Shift"),
        "note": "",
        "link": "",
        "own_words": {name: text for name, text in given.items() if text},
    }


def in_full(shifts: Iterable[Shift], person: Person | AnonymousUser) -> list[Shift]:
    """The same shifts; of private ones with their words, where the person works them or heads their department.

    For showing, not for saving. No query beside the person's rights.
    """
    found = list(shifts)
    if any(shift.own_words for shift in found):
        headed = access_of(person).rights.get("heads", frozenset())
        for shift in found:
            if (shift.person_id is not None and shift.person_id == person.pk) or shift.department_id in headed:
                reveal(shift)
    return found


def reveal(shift: Shift) -> Shift:
    """Puts its own words into the shift in memory: for whoever works it."""
    for name in WORDS:
        if name in shift.own_words:
            setattr(shift, name, shift.own_words[name])
    return shift
