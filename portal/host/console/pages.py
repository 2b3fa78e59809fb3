"""The other pages of the console: all plugins, one plugin, why for a person, and the history."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from wagtail.models import ModelLogEntry

from portal.host.console import permissions, settings
from portal.host.console.access import departments_of, for_it
from portal.host.diagnosis import duplicates
from portal.host.discovery import OWN_PACKAGE, distribution_of
from portal.host.explain import explain, rules_seen_by
from portal.host.health import health_of, health_of_all
from portal.host.packages import wheels
from portal.host.registry import Installed, registry
from portal.paging import page_of
from portal.people.models import Person

PAGE = 50


def _titled(title: str, **context: Any) -> dict[str, Any]:
    return {"header_title": title, "page_title": title, "header_icon": "cogs"} | context


@for_it
def overview(request: HttpRequest) -> HttpResponse:
    """All plugins and how they are doing."""
    health = {each.slug: each for each in health_of_all()}
    rows = [(plugin, health[plugin.slug]) for plugin in registry.all().values()]
    context = _titled(_("Plugins"), rows=rows, duplicates=list(duplicates()), available=wheels.available())
    return render(request, "host/overview.html", context)


@for_it
def plugin_page(request: HttpRequest, slug: str) -> HttpResponse:
    """One plugin: what it says of itself, its health, the rules about it."""
    plugin = registry.get(slug)
    if plugin is None:
        raise Http404
    person = request.user
    assert isinstance(person, Person)
    context = _titled(
        str(plugin.manifest.title),
        plugin=plugin,
        health=health_of(slug),
        rules=rules_seen_by(person, slug).select_related("department", "changed_by").order_by("department__path"),
        readme=readme_of(plugin),
        needed_by=[p for p in registry.all().values() if slug in p.manifest.requires],
    )
    return render(request, "host/plugin.html", context)


def readme_of(plugin: Installed) -> str:
    """The README.md in the plugin's package, else the long description of its distribution; "" without either."""
    try:
        return (files(plugin.config.name) / "README.md").read_text(encoding="utf-8")
    except (OSError, ModuleNotFoundError, UnicodeDecodeError):
        distribution = distribution_of(plugin.slug, type(plugin.config).__module__)
        if distribution is None or distribution.name == OWN_PACKAGE:
            return ""
        return str(distribution.metadata.json.get("description", "")).strip()


@for_it
def why(request: HttpRequest) -> HttpResponse:
    """Why a plugin is on or off for a person. Whoever is not the reader's to ask about is not found."""
    reader = request.user
    assert isinstance(reader, Person)
    slug, username = request.GET.get("plugin", ""), request.GET.get("person", "").strip()
    found = None
    if registry.get(slug) and username:
        asked = Person.objects.filter(username=username).first()
        told = explain(slug, asked, reader=reader) if asked else None
        found = told if told and (told.departments or reader.is_superuser) else None
    context = _titled(_("Why for a person"), plugins=registry.all().values(), slug=slug, username=username, found=found)
    return render(request, "host/why.html", context)


@for_it
def history(request: HttpRequest) -> HttpResponse:
    """Who changed what when, why, and what it did. Local IT reads of its own departments."""
    person = request.user
    assert isinstance(person, Person)
    slug = request.GET.get("plugin", "")
    entries = ModelLogEntry.objects.filter(action__startswith="folkmoot.plugin.").select_related("user")
    if slug:
        entries = entries.filter(data__plugin=slug)
    if not person.is_superuser:
        entries = entries.filter(data__department_id__in=list(departments_of(person).values_list("pk", flat=True)))
    page = page_of(request, entries.order_by("-timestamp", "-pk"), PAGE)
    rows = [(entry, _in_words(entry)) for entry in page]
    context = _titled(_("History of plugins"), page=page, rows=rows, slug=slug, plugins=registry.all().values())
    return render(request, "host/history.html", context)


def _in_words(entry: ModelLogEntry) -> list[tuple[str, str, str]]:
    """(what, before, after) of changed settings and permissions; empty for anything else."""
    if entry.action == "folkmoot.plugin.settings":
        return list(settings.told(entry.data["plugin"], entry))
    if entry.action == "folkmoot.plugin.grant":
        return [permissions.told(entry.data["plugin"], entry)]
    return []
