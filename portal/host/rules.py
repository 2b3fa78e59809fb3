"""Changing rules: IT decides where a plugin is on. One change is one transaction, audited."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from portal.audience import stamps
from portal.audit import record
from portal.host import snapshot
from portal.host.models import Rule
from portal.host.registry import registry

if TYPE_CHECKING:
    from portal.people.models import Department, Person

FORCED_ON, ON, INHERIT, OFF, FORCED_OFF = (
    Rule.State.FORCED_ON,
    Rule.State.ON,
    Rule.State.INHERIT,
    Rule.State.OFF,
    Rule.State.FORCED_OFF,
)


def may_change(person: Person, department: Department, slug: str, state: str) -> bool:
    """Central IT (superusers) everything; local IT of a department what nobody above has locked, without force."""
    if person.is_superuser:
        return True
    if state in (FORCED_ON, FORCED_OFF):
        return False
    parents = [department.path[:end] for end in range(department.steplen, len(department.path) + 1, department.steplen)]
    if not person.memberships.filter(is_local_it=True, department__path__in=parents).exists():
        return False
    current = snapshot.current()
    return not current.forced.get(department.pk, 0) & current.bits.get(slug, 0)


def _check(slug: str, department: Department, state: str) -> None:
    plugin = registry.get(slug)
    if plugin is None:
        raise ValidationError(_("There is no plugin “%(slug)s”; see the list of installed plugins.") % {"slug": slug})
    if state != FORCED_ON:
        return
    current = snapshot.current()
    for required in plugin.manifest.requires:
        if not current.bits.get(required, 0) & current.mask_in(department.pk):
            raise ValidationError(
                _("“%(slug)s” needs “%(required)s”, which is off here; switch that on first.")
                % {"slug": slug, "required": required}
            )


@transaction.atomic
def set_rule(
    slug: str,
    department: Department,
    state: str,
    *,
    acting_person: Person | None,
    reason: str = "",
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
) -> Rule:
    """Sets what holds for a plugin in a department (and below, unless ruled otherwise there).

    Raises ValidationError for what makes no sense and PermissionDenied for what the person may not change.
    `acting_person` None is the command line.
    """
    if acting_person is not None and not may_change(acting_person, department, slug, state):
        raise PermissionDenied(_("This is decided above you; ask central IT."))
    if starts_at and ends_at and starts_at >= ends_at:
        raise ValidationError(_("The rule ends before it begins; mend one of the times."))
    _check(slug, department, Rule.State(state))
    before = Rule.objects.filter(plugin=slug, department=department).first()
    rule, _created = Rule.objects.update_or_create(
        plugin=slug,
        department=department,
        defaults={
            "state": state,
            "reason": reason,
            "starts_at": starts_at,
            "ends_at": ends_at,
            "changed_by": acting_person,
        },
    )
    stamps.bump("rules")
    record(
        "plugin.rule",
        rule,
        acting_person=acting_person,
        data={"before": before.state if before else None, "after": str(state), "reason": reason},
    )
    return rule
