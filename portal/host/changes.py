"""Changing rules: the one way, for the console, the command line and the API. All or none, audited."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.audience import stamps
from portal.audit import record
from portal.host import authority, snapshot
from portal.host.models import Rule
from portal.host.preview import Basis, Change, Impact, impact, impact_on
from portal.host.registry import registry
from portal.host.snapshot import FORCES, Gates, RuleRow

if TYPE_CHECKING:
    from portal.people.models import Department, Person

REASON_LENGTH = 300  # of Rule.reason

__all__ = ["Change", "Impact", "NumbersChanged", "apply", "check", "impact"]


class NumbersChanged(ValidationError):
    """What was looked at before holds no longer; `impact` has the new numbers. Nothing was changed."""

    def __init__(self, new: Impact) -> None:
        super().__init__(_("What this does has changed since you looked; look at the new numbers and confirm again."))
        self.impact = new


@transaction.atomic
def apply(
    changes: Sequence[Change], *, acting_person: Person | None, reason: str = "", expected: str = ""
) -> list[Rule]:
    """Makes all the changes, or none; they hold in every process within a second.

    Gives the rule of each change; of one that was taken away what is left of it, in state "inherit". `expected` is
    the fingerprint of the Impact that was agreed to. Raises PermissionDenied for what the person may not change
    (`acting_person` None is the command line), NumbersChanged, and ValidationError for what makes no sense.
    """
    # First of all: the stamp's row lock makes changes wait for each other, so what is judged is what is changed.
    stamps.bump("rules")
    basis = Basis.read()
    _judge(changes, basis, acting_person)
    check_reason(reason)
    found = impact_on(basis, changes)
    if expected and expected != found.fingerprint:
        raise NumbersChanged(found)
    return [_apply(change, acting_person, reason, found) for change in changes]


def facts_of(plugin: str, department: Department, *, before: object, after: object, reason: str) -> dict[str, Any]:
    """What the history keeps of every change about a plugin in a department, as the console reads it."""
    return {
        "plugin": plugin,
        "department": department.url_path,
        "department_id": department.pk,
        "before": before,
        "after": after,
        "reason": reason,
    }


def check_reason(reason: str) -> None:
    """Raises ValidationError for a reason that is too long to be kept."""
    if len(reason) > REASON_LENGTH:
        raise ValidationError(_("The reason is too long; say it in %(most)s characters.") % {"most": REASON_LENGTH})


def check(changes: Sequence[Change], *, acting_person: Person | None) -> Impact:
    """What `apply` would do now; raises what it would raise. Writes nothing."""
    basis = Basis.read()
    _judge(changes, basis, acting_person)
    return impact_on(basis, changes)


def _judge(changes: Sequence[Change], basis: Basis, acting_person: Person | None) -> None:
    paths = dict(basis.tree)
    for change in changes:
        _check(change, basis)
        if paths.get(change.department.pk) != change.department.path:
            raise ValidationError(_("The department has been moved or removed since you looked; look again."))
    if acting_person is not None:
        _check_authority(changes, basis, acting_person)
    _check_requirements(changes, basis)


def _check(change: Change, basis: Basis) -> None:
    if change.state not in Rule.State.values:
        raise ValidationError(
            _("“%(state)s” is no state; it is one of %(states)s.")
            % {"state": change.state, "states": ", ".join(Rule.State.values)}
        )
    known = registry.get(change.plugin) is not None
    inherit = change.state == Rule.State.INHERIT
    if not known and not (inherit and any(slug == change.plugin for slug, _department in basis.rules)):
        raise ValidationError(
            _("There is no plugin “%(slug)s”; see the list of installed plugins.") % {"slug": change.plugin}
        )
    if inherit and (change.starts_at or change.ends_at):
        raise ValidationError(_("A rule is taken away at once; to end it later, give the rule an end."))
    if change.starts_at and change.ends_at and change.starts_at >= change.ends_at:
        raise ValidationError(_("The rule ends before it begins; mend one of the times."))
    if change.ends_at and change.ends_at <= timezone.now():
        raise ValidationError(_("The rule would have ended already; mend its end."))


def _check_authority(changes: Sequence[Change], basis: Basis, person: Person) -> None:
    """Judged by the rules under the lock, not by what this process remembers."""
    homes, now, paths = authority.local_it_paths(person), timezone.now(), dict(basis.tree)
    for change in changes:
        if not authority.is_it_of(person, change.department, homes):
            raise PermissionDenied(_("You are not IT of this department; ask central IT."))
        if person.is_superuser:
            continue
        if change.state in FORCES:
            raise PermissionDenied(_("Only central IT may force; choose on or off."))
        forced = [rule for rule in basis.rules.values() if rule.plugin == change.plugin and rule.state in FORCES]
        rows = [(paths[rule.department_id], rule.state, rule.starts_at, rule.ends_at) for rule in forced]
        if authority.locks(change.department.path, rows, now):
            raise PermissionDenied(_("This is decided above you; ask central IT."))
        if change.subtree and any(_lasts(rule, now) for rule in basis.below(basis.rules, change)):
            raise PermissionDenied(
                _("Central IT has locked this in a department below; change it without those below.")
            )


def _lasts(rule: RuleRow, now: datetime) -> bool:
    """Whether it is a force that holds, or will."""
    return rule.state in FORCES and (rule.ends_at is None or rule.ends_at > now)


def _check_requirements(changes: Sequence[Change], basis: Basis) -> None:
    """What is forced on must have what it needs, once the changes hold."""
    rules, now = list(basis.after(changes)[0].values()), timezone.now()
    resolved: dict[datetime, snapshot.Snapshot] = {}
    for change in changes:
        plugin = registry.get(change.plugin)
        if change.state != Rule.State.FORCED_ON or plugin is None or not plugin.manifest.requires:
            continue
        moment = max(change.starts_at or now, now)
        if moment not in resolved:
            resolved[moment] = snapshot.resolve(rules, basis.tree, Gates({}, {}, 0), moment, retired=basis.retired)
        new = resolved[moment]
        for required in plugin.manifest.requires:
            if not new.bits.get(required, 0) & new.mask_in(change.department.pk):
                raise ValidationError(
                    _("“%(slug)s” needs “%(required)s”, which is off here; switch that on first.")
                    % {"slug": change.plugin, "required": required}
                )


def _apply(change: Change, acting_person: Person | None, reason: str, found: Impact) -> Rule:
    before = Rule.objects.filter(plugin=change.plugin, department=change.department).first()
    cleared = _clear_below(change)
    rule = Rule(
        pk=before.pk if before else None,
        plugin=change.plugin,
        department=change.department,
        state=change.state,
        starts_at=change.starts_at,
        ends_at=change.ends_at,
        reason=reason,
        changed_by=acting_person,
    )
    if change.state != Rule.State.INHERIT:
        rule.save()
    elif before is not None:
        Rule.objects.filter(pk=before.pk).delete()
    states = {"before": before.state if before else None, "after": str(change.state)}
    data = facts_of(change.plugin, change.department, **states, reason=reason) | {
        "before_times": _times(before) if before else None,
        "after_times": _times(rule),
        "cleared": cleared,
        "impact": found.facts(),
    }
    if before is None and change.state == Rule.State.INHERIT and not cleared:
        return rule  # there was nothing to take away
    # Without a row of its own (only rules below were cleared) the history belongs to the department.
    record("plugin.rule", rule if rule.pk else change.department, acting_person=acting_person, data=data)
    return rule


def _clear_below(change: Change) -> list[dict[str, Any]]:
    """Takes the rules below away; what they were is kept in the history."""
    if not change.subtree:
        return []
    below = Rule.objects.filter(plugin=change.plugin, department__path__startswith=change.department.path)
    below = below.exclude(department=change.department)
    gone = [
        {"department": rule.department.url_path, "state": rule.state, **_times(rule)}
        for rule in below.select_related("department").order_by("department__path")
    ]
    below.delete()
    return gone


def _times(rule: Rule) -> dict[str, str | None]:
    return {
        "from": rule.starts_at.isoformat() if rule.starts_at else None,
        "until": rule.ends_at.isoformat() if rule.ends_at else None,
    }
