"""Who may change which rule: central IT all of them, local IT at home what central IT has not locked. Whom to ask."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.host.models import Rule
from portal.host.snapshot import FORCES, STEP

if TYPE_CHECKING:
    from portal.people.models import Department, Person

NAMED = 3  # people, when somebody is told whom to ask


class Refused(PermissionDenied):
    """A refusal whose text is written for the person refused: it says whom to ask, and is shown."""


def line(path: str) -> list[str]:
    """The paths from the root down to the department itself."""
    return [path[:end] for end in range(STEP, len(path) + 1, STEP)]


def local_it_paths(person: Person) -> frozenset[str]:
    """The departments the person is local IT of; it is so for everything below them. One query."""
    return frozenset(person.memberships.filter(is_local_it=True).values_list("department__path", flat=True))


def is_it_of(person: Person, department: Department, homes: frozenset[str] | None = None) -> bool:
    """Central IT is IT of every department; `homes` are the person's `local_it_paths`, if they are known."""
    if not person.is_active:
        return False
    if person.is_superuser:
        return True
    homes = local_it_paths(person) if homes is None else homes
    return not homes.isdisjoint(line(department.path))


def locks(path: str, rules: Iterable[tuple[str, str, datetime | None, datetime | None]], now: datetime) -> bool:
    """Whether a force stands in the way in the department at `path`.

    `rules` are (path, state, starts_at, ends_at) of one plugin. Above, a force counts while it holds; the
    department's own one also before it begins, as changing it would undo what central IT has decided.
    """
    for where, state, starts_at, ends_at in rules:
        if state not in FORCES or not path.startswith(where) or (ends_at is not None and ends_at <= now):
            continue
        if where == path or starts_at is None or starts_at <= now:
            return True
    return False


def may_change(person: Person, department: Department, slug: str, state: str) -> bool:
    """Central IT (superusers) everything; local IT of a department what is not locked there, without force."""
    if not is_it_of(person, department):
        return False
    if person.is_superuser:
        return True
    if state in FORCES:
        return False
    found = Rule.objects.filter(plugin=slug, department__path__in=line(department.path), state__in=FORCES)
    return not locks(
        department.path, found.values_list("department__path", "state", "starts_at", "ends_at"), timezone.now()
    )


def whom_to_ask(asker: Person, department: Department | int | None) -> str:
    """A sentence: the local IT nearest above the department, else central IT. One query.

    Names at most three, all of them people whom the directory shows to every colleague.
    """
    from portal.people import tree
    from portal.people.models import Membership

    above = tree.current().above(department)
    found = Membership.objects.filter(is_local_it=True, department__in=above, person__is_active=True)
    rows = list(found.exclude(person=asker).select_related("person").order_by("person__first_name", "person_id"))
    for one in above:
        if names := [row.person.display_name for row in rows if row.department_id == one.pk][:NAMED]:
            told = {"names": _(" or ").join(names), "department": one.name}
            return _("Ask %(names)s, local IT of %(department)s.") % told
    return _("Ask central IT.")
