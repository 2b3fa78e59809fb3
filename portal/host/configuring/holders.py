"""Who holds which permission of a plugin in which department. Warm, asking costs no SQL."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from portal.audience import stamps
from portal.host.configuring import meanwhile
from portal.host.models import Grant
from portal.host.plugin import Permission
from portal.host.registry import registry
from portal.people import tree

if TYPE_CHECKING:
    from portal.people.models import Department


@dataclass(frozen=True)
class Granted:
    """Who holds a permission in a department, and where that was decided.

    `source`, `set_at`, `above` and `above_at` are as in portal.host.settings.Held.
    """

    name: str
    title: str
    value: tuple[str, ...]
    source: str
    set_at: Department | None
    above: tuple[str, ...]
    above_at: Department | None


# Permission.HOLDERS in words.
HOLDERS = {
    "everyone": _("everyone in the organisation"),
    "members": _("people of the department and below it"),
    "heads": _("heads of the department or above"),
    "editors": _("editors of the department or above"),
    "moderators": _("moderators of the department or above"),
    "local_it": _("local IT of the department or above"),
}
Rows = dict[tuple[str, str, int], tuple[str, ...]]


def _read() -> Rows:
    found = Grant.objects.values_list("plugin", "permission", "department_id", "holders")
    return {(plugin, permission, pk): tuple(holders) for plugin, permission, pk, holders in found}


_kept = stamps.Kept("plugin_grants", _read)


def permissions_of(slug: str) -> list[Permission]:
    """What the plugin lets people do; empty for one that is not there."""
    plugin = registry.get(slug)
    return plugin.contributions.permissions if plugin else []


def declared(slug: str, permission: str) -> Permission | None:
    """The plugin's permission of that name, if it declares one."""
    return next((one for one in permissions_of(slug) if one.slug == permission), None)


def granted_by(slug: str, permission: str, departments: list[Department]) -> tuple[tuple[str, ...], Department | None]:
    """(who holds it, where that was granted), nearest first; None is the plugin's default."""
    rows = _kept.get()
    for one in departments:
        if (slug, permission, one.pk) in rows:
            return rows[slug, permission, one.pk], one
    known = declared(slug, permission)
    return known.default if known else (), None


def holders_in(slug: str, permission: str, department: Department | int | None) -> tuple[str, ...]:
    """Who holds it in the department: the nearest grant above wins, in the end the plugin's default."""
    return granted_by(slug, permission, tree.current().above(department))[0]


def granted_in(slug: str, department: Department) -> list[Granted]:
    """Who holds what in the department, in the plugin's order. Warm, no query."""
    above, found = tree.current().above(department), []
    for one in permissions_of(slug):
        holders, at = granted_by(slug, one.slug, above)
        source = "default" if at is None else "own" if at.pk == department.pk else "inherited"
        found.append(Granted(one.slug, str(one.label), holders, source, at, *granted_by(slug, one.slug, above[1:])))
    return found


def granted_here(slug: str, department: Department) -> dict[str, list[str]]:
    """What is granted in this very department: {permission: holders}."""
    rows, known = _kept.get(), [one.slug for one in permissions_of(slug)]
    return {name: list(rows[slug, name, department.pk]) for name in known if (slug, name, department.pk) in rows}


def departments_with_own(slug: str) -> set[int]:
    """The ids of the departments in which something of the plugin was granted."""
    return {pk for plugin, _permission, pk in _kept.get() if plugin == slug}


def fingerprint(slug: str, department: Department) -> str:
    """Of what is granted in this very department: goes into a change as `expected`."""
    return meanwhile.fingerprint_of(granted_here(slug, department))
