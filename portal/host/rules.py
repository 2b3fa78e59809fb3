"""One rule at a time: the states by name, and the short way to `changes.apply`."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from portal.host import changes
from portal.host.authority import may_change
from portal.host.models import Rule

if TYPE_CHECKING:
    from portal.people.models import Department, Person

__all__ = ["FORCED_OFF", "FORCED_ON", "INHERIT", "OFF", "ON", "may_change", "set_rule"]

FORCED_ON, ON, INHERIT, OFF, FORCED_OFF = (
    Rule.State.FORCED_ON,
    Rule.State.ON,
    Rule.State.INHERIT,
    Rule.State.OFF,
    Rule.State.FORCED_OFF,
)


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
    """Sets what holds for a plugin in a department (and below, unless ruled otherwise there); see `changes.apply`."""
    change = changes.Change(slug, department, state, starts_at, ends_at)
    return changes.apply([change], acting_person=acting_person, reason=reason)[0]
