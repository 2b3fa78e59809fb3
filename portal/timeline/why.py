"""Why an item is on somebody's timeline, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from portal.audience.access import Access
from portal.audience.expressions import EVERYONE
from portal.audience.interning import expression_of

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from portal.catalogue.models import Entry
    from portal.people.models import Person


def why(person: Person | AnonymousUser, access: Access, entry: Entry) -> str:
    """The nearest reason; no query. `access` is the person's, computed once for a page."""
    if entry.author_id == person.pk:
        return _("You wrote it")
    audience = expression_of(entry.audience_id)
    if any(f"person:{person.pk}" in clause for clause in audience.all):
        return _("It concerns you")
    if entry.department_id in access.departments:
        return _("Your department")
    if f"department:{entry.department_id}" in access.tokens:
        return _("For your part of the organisation")
    return _("For everybody") if audience == EVERYONE else _("You are among those it is for")
