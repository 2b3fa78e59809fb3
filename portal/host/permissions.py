"""Permissions of plugins: who holds them in which department. Warm, asking costs no SQL."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from portal.audience import stamps
from portal.audience.access import access_of
from portal.audit import record
from portal.host import snapshot
from portal.host.models import Grant
from portal.host.plugin import Permission
from portal.host.registry import registry
from portal.people import tree

if TYPE_CHECKING:
    from portal.people.models import Department, Person

Rows = dict[tuple[str, str, int], tuple[str, ...]]


def _read() -> Rows:
    found = Grant.objects.values_list("plugin", "permission", "department_id", "holders")
    return {(plugin, permission, pk): tuple(holders) for plugin, permission, pk, holders in found}


_kept = stamps.Kept("plugin_grants", _read)


def declared(slug: str, permission: str) -> Permission | None:
    """The plugin's permission of that name, if it declares one."""
    plugin = registry.get(slug)
    found = plugin.contributions.permissions if plugin else []
    return next((one for one in found if one.slug == permission), None)


def holders_in(slug: str, permission: str, department: Department | int | None) -> tuple[str, ...]:
    """Who holds it in the department: the nearest grant above wins, in the end the plugin's default."""
    rows = _kept.get()
    for one in tree.current().above(department):
        if (slug, permission, one.pk) in rows:
            return rows[slug, permission, one.pk]
    known = declared(slug, permission)
    return known.default if known else ()


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
    """Raises PermissionDenied, saying whom to ask, unless the person holds the permission in the department."""
    if not may(slug, permission, person, department):
        raise PermissionDenied(_("You may not do this here; ask the local IT of the department."))


def may_configure(slug: str, person: Person, department: Department) -> bool:
    """Central IT, local IT of the department or above, and holders of `configure`; not what is forced off."""
    if not person.is_authenticated or not person.is_active:
        return False
    if person.is_superuser:
        return True
    current = snapshot.current()
    bit = current.bits.get(slug, 0)
    if current.forced.get(department.pk, 0) & bit and not current.mask_in(department.pk) & bit:
        return False
    return _holds("local_it", person, tree.current().above(department)) or may(slug, "configure", person, department)


def require_configure(slug: str, person: Person | None, department: Department) -> None:
    """Raises PermissionDenied unless the person may configure the plugin here; None is the command line."""
    if person is not None and not may_configure(slug, person, department):
        raise PermissionDenied(_("You may not change this plugin here; ask the local IT of the department."))


def _check(slug: str, permission: str, holders: Iterable[str] | None) -> None:
    if declared(slug, permission) is None:
        raise ValidationError(_("The plugin has no permission “%(name)s”.") % {"name": permission})
    if unknown := set(holders or ()) - set(Permission.HOLDERS):
        raise ValidationError(
            _("Nobody is called “%(names)s”; choose from: %(known)s.")
            % {"names": ", ".join(sorted(unknown)), "known": ", ".join(Permission.HOLDERS)}
        )


@transaction.atomic
def save_grant(
    slug: str,
    permission: str,
    department: Department,
    holders: Iterable[str] | None,
    *,
    acting_person: Person | None,
    reason: str = "",
) -> None:
    """Grants the permission to the holders in the department and below; None inherits, () is nobody.

    Raises ValidationError and PermissionDenied; `acting_person` None is the command line.
    """
    require_configure(slug, acting_person, department)
    wanted = None if holders is None else sorted(set(holders))
    _check(slug, permission, wanted)
    row = Grant.objects.filter(plugin=slug, permission=permission, department=department).first()
    before = row.holders if row else None
    row = row or Grant(plugin=slug, permission=permission, department=department)
    data = {
        "plugin": slug,
        "department": department.url_path,
        "department_id": department.pk,
        "before": before,
        "after": wanted,
        "permission": permission,
        "reason": reason,
    }
    if wanted is not None:
        row.holders, row.changed_by = wanted, acting_person
        row.save()
    record("plugin.grant", row if row.pk else department, acting_person=acting_person, data=data)
    if wanted is None and row.pk:
        row.delete()
    stamps.bump("plugin_grants")


forget = _kept.forget
