"""Permissions of plugins: who holds them in which department. Warm, asking costs no SQL."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from portal.audience import stamps
from portal.audience.access import access_of
from portal.audit import record
from portal.host import snapshot
from portal.host.authority import Refused, whom_to_ask
from portal.host.changes import check_reason, facts_of
from portal.host.configuring import meanwhile
from portal.host.configuring.holders import declared, granted_here, holders_in, permissions_of
from portal.host.models import Grant
from portal.host.plugin import Permission
from portal.people import tree

if TYPE_CHECKING:
    from portal.people.models import Department, Person


CONFIGURE = "configure"  # the permission to change settings and permissions, if the plugin declares it


def _holds(holder: str, person: Person, above: list[Department]) -> bool:
    access = access_of(person)
    if holder == "everyone":
        return True
    if holder == "members":
        return bool(above) and f"department:{above[0].pk}" in access.tokens
    return any(one.pk in access.rights.get(holder, ()) for one in above)


def may(slug: str, permission: str, person: Person, department: Department | int | None) -> bool:
    """Whether the person holds the permission in the department; nobody but central IT if it is not declared."""
    if not person.is_authenticated or not person.is_active:
        return False
    if person.is_superuser:
        return True
    if declared(slug, permission) is None:
        return False
    above = tree.current().above(department)
    return any(_holds(holder, person, above) for holder in holders_in(slug, permission, department))


def require(slug: str, permission: str, person: Person, department: Department | int | None) -> None:
    """Raises Refused, saying whom to ask, unless the person holds the permission in the department."""
    if not may(slug, permission, person, department):
        raise Refused(_("You may not do this here. %(ask)s") % {"ask": whom_to_ask(person, department)})


def is_locked_off(slug: str, department: Department) -> bool:
    """Whether central IT has locked the plugin off here: then nobody else configures it."""
    current = snapshot.current()
    bit = current.bits.get(slug, 0)
    return bool(current.forced.get(department.pk, 0) & bit and not current.mask_in(department.pk) & bit)


def may_configure(slug: str, person: Person, department: Department) -> bool:
    """Central IT, local IT of the department or above, and holders of `configure`; not what is locked off."""
    if not person.is_authenticated or not person.is_active:
        return False
    if person.is_superuser:
        return True
    if is_locked_off(slug, department):
        return False
    return _holds("local_it", person, tree.current().above(department)) or may(slug, CONFIGURE, person, department)


def require_configure(slug: str, person: Person | None, department: Department) -> None:
    """Raises Refused unless the person may configure the plugin here; None is the command line."""
    if person is None or may_configure(slug, person, department):
        return
    if is_locked_off(slug, department):
        raise Refused(_("Central IT has locked this off here; ask central IT."))
    raise Refused(_("You may not change this plugin here. %(ask)s") % {"ask": whom_to_ask(person, department)})


def configurable(slug: str, person: Person) -> list[Department]:
    """The departments the person may configure the plugin in, in the order of the tree. Warm, no query."""
    return [d for d in tree.current().departments.values() if may_configure(slug, person, d)]


def _check(slug: str, wanted: Mapping[str, list[str] | None]) -> None:
    known = [one.slug for one in permissions_of(slug)]
    errors: dict[str, list[str]] = {}
    for name, holders in wanted.items():
        if name not in known:
            said = _("There is no such permission; there are: %(names)s.") % {"names": ", ".join(known)}
            errors[name] = [said]
        elif unknown := set(holders or ()) - set(Permission.HOLDERS):
            names = {"names": ", ".join(sorted(unknown)), "known": ", ".join(Permission.HOLDERS)}
            errors[name] = [_("Nobody is called “%(names)s”; choose from: %(known)s.") % names]
    if errors:
        raise ValidationError(errors)


@transaction.atomic
def save_grants(
    slug: str,
    department: Department,
    wanted: Mapping[str, Iterable[str] | None],
    *,
    acting_person: Person | None,
    reason: str = "",
    expected: str = "",
) -> None:
    """Grants each permission named to its holders in the department and below; None inherits, () is nobody.

    All or nothing; what is not named stays as it is. Raises ValidationError by permission, Refused, and
    ChangedMeanwhile if `expected` is a fingerprint that holds no longer. `acting_person` None is the command line.
    """
    # First of all: the stamp's row lock makes changes wait for each other, so that none undoes another.
    stamps.bump("plugin_grants")
    require_configure(slug, acting_person, department)
    checked = {name: None if holders is None else sorted(set(holders)) for name, holders in wanted.items()}
    _check(slug, checked)
    check_reason(reason)
    before = granted_here(slug, department)
    meanwhile.check(before, expected)
    for name, holders in checked.items():
        if before.get(name) != holders:
            _store(slug, name, department, holders, acting_person, reason)
    stamps.bump("plugin_grants")


def save_grant(
    slug: str,
    permission: str,
    department: Department,
    holders: Iterable[str] | None,
    *,
    acting_person: Person | None,
    reason: str = "",
) -> None:
    """`save_grants` for one permission."""
    save_grants(slug, department, {permission: holders}, acting_person=acting_person, reason=reason)


def _store(
    slug: str,
    permission: str,
    department: Department,
    holders: list[str] | None,
    acting_person: Person | None,
    reason: str,
) -> None:
    row = Grant.objects.filter(plugin=slug, permission=permission, department=department).first()
    before = row.holders if row else None
    row = row or Grant(plugin=slug, permission=permission, department=department)
    if holders is not None:
        row.holders, row.changed_by = holders, acting_person
        row.save()
    data = facts_of(slug, department, before=before, after=holders, reason=reason) | {"permission": permission}
    record("plugin.grant", row, acting_person=acting_person, data=data)
    if holders is None:
        row.delete()
