"""Where to set what: the plugins somebody may configure, wherever that is."""

from __future__ import annotations

from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from portal.audience.access import access_of
from portal.host.configuring.holders import permissions_of
from portal.host.console.access import may_open
from portal.host.permissions import configurable, may_configure
from portal.host.registry import Installed, registry
from portal.host.settings import has_settings
from portal.people import tree
from portal.people.models import Department, Person


@dataclass(frozen=True)
class Place:
    """A plugin with the first of the departments it may be configured in, and how many more there are."""

    plugin: Installed
    first: Department
    more: int
    has_settings: bool


def has_something(plugin: Installed) -> bool:
    return has_settings(plugin.slug) or bool(permissions_of(plugin.slug))


def may_configure_something(person: Person) -> bool:
    """Whether the person may configure any plugin in a department they belong to. Warm, no query."""
    homes = tree.current().some(access_of(person).departments)
    plugins = [plugin.slug for plugin in registry.active() if has_something(plugin)]
    return any(may_configure(slug, person, home) for slug in plugins for home in homes)


def configure(request: HttpRequest) -> HttpResponse:
    """All plugins that have something to set, for whoever may do so somewhere."""
    person = request.user
    if not isinstance(person, Person):
        raise PermissionDenied
    places = []
    for plugin in registry.active():
        mine = configurable(plugin.slug, person) if has_something(plugin) else []
        if mine:
            places.append(Place(plugin, mine[0], len(mine) - 1, has_settings(plugin.slug)))
    if not places and not may_open(person):
        raise PermissionDenied
    title = _("Settings and permissions")
    context = {"header_title": title, "page_title": title, "header_icon": "cogs", "places": places}
    return render(request, "host/configure.html", context | {"is_it": may_open(person)})
