"""The types of notifications there are: the core's, and those of the active plugins."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portal.host.gate import those_on_for
from portal.host.registry import registry

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from portal.host.plugin import NotificationType
    from portal.people.models import Person

_core: dict[str, NotificationType] = {}


def register(kind: NotificationType) -> None:
    """A type of the core; a plugin's come from its notifications module."""
    _core[kind.slug] = kind


def find(plugin: str, slug: str) -> NotificationType | None:
    """The type; None if the plugin has no such type or is not active. `plugin` is "" for the core."""
    if not plugin:
        return _core.get(slug)
    installed = registry.get(plugin)
    if installed is None or installed.problem:
        return None
    return next((kind for kind in installed.contributions.notifications if kind.slug == slug), None)


def open_to(person: Person | AnonymousUser) -> dict[str, list[str]]:
    """By plugin ("" is the core) the types that this person may be shown now; no query."""
    given = {plugin.slug: plugin.contributions.notifications for plugin in registry.active()}
    open_ones = those_on_for([slug for slug, found in given.items() if found], person)
    types = {slug: [kind.slug for kind in given[slug]] for slug in open_ones}
    return types | {"": list(_core)} if _core else types
