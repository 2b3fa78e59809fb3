"""Why an item is on somebody's timeline, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from portal.audience.access import access_of
from portal.audience.expressions import EVERYONE
from portal.audience.interning import expression_of

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from portal.catalogue.models import Entry
    from portal.people.models import Person


def why(person: Person | AnonymousUser, entry: Entry) -> str:
    """The nearest reason; no query."""
    access = access_of(person)
    if entry.author_id == person.pk:
        return _("You wrote it")
    if f"person:{person.pk}" in {token for clause in expression_of(entry.audience_id).all for token in clause}:
        return _("It concerns you")
    if entry.department_id in access.departments:
        return _("Your department")
    if f"department:{entry.department_id}" in access.tokens:
        return _("For your part of the organisation")
    return _("For everybody") if expression_of(entry.audience_id) == EVERYONE else _("You are among those it is for")
