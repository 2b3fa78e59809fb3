"""What plugins show: navigation, widgets, slots. Only of plugins that are on for the reader, each guarded."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe

from portal.host.gate import those_on_for
from portal.host.guard import FAILED, Failed, checked, guarded, typed
from portal.host.registry import Installed, registry

if TYPE_CHECKING:
    from django.http import HttpRequest

    from portal.catalogue.models import Entry


@dataclass(frozen=True)
class Place:
    """A resolved item of the main navigation."""

    label: str
    icon: str
    url: str
    compose: bool


@dataclass(frozen=True)
class RenderedWidget:
    slug: str
    title: str
    html: SafeString


def _open_plugins(request: HttpRequest) -> Iterator[Installed]:
    active = {plugin.slug: plugin for plugin in registry.active()}
    return (active[slug] for slug in those_on_for(active, request.user))


def navigation(request: HttpRequest) -> list[Place]:
    places: list[Place] = []
    for plugin in _open_plugins(request):
        if plugin.contributions.navigation:
            places += guarded(plugin.slug, "navigation", [], _places, plugin)
    return places


def _places(plugin: Installed) -> list[Place]:
    return [Place(str(i.label), i.icon, reverse(i.url_name), i.compose) for i in plugin.contributions.navigation]


def widgets(request: HttpRequest) -> list[RenderedWidget]:
    """The start page's widgets in their order; one that has nothing to show stays away, one that fails says so."""
    found: list[tuple[int, RenderedWidget]] = []
    for plugin in _open_plugins(request):
        for widget in plugin.contributions.widgets:
            title = str(widget.title)
            if html := _one(plugin, f"widget {widget.slug}", title, widget.render, request):
                found.append((widget.order, RenderedWidget(widget.slug, title, html)))
    return [widget for _order, widget in sorted(found, key=lambda pair: (pair[0], pair[1].slug))]


def html_of(plugin: Installed, place: str, title: str, function: Callable[..., Any], *args: object) -> str:
    """The HTML of one contribution, or the quiet placeholder if it fails. Not marked safe: that is for who asks."""
    html = guarded(plugin.slug, place, FAILED, _html, function, *args)
    if isinstance(html, Failed):
        return render_to_string("components/slot_failed.html", {"title": title})
    return html


def _html(function: Callable[..., Any], *args: object) -> str | Failed:
    return typed(str, function, *args)


def _one(plugin: Installed, place: str, title: str, function: Callable[..., Any], *args: object) -> SafeString:
    return mark_safe(html_of(plugin, place, title, function, *args))  # noqa: S308  its templates made it


def slot(name: str, request: HttpRequest, *args: object) -> list[SafeString]:
    """The HTML every open plugin puts into the slot, in the plugins' order."""
    html = []
    for plugin in _open_plugins(request):
        function = plugin.contributions.slots.get(name)
        if function and (text := _one(plugin, f"slot {name}", str(plugin.manifest.title), function, request, *args)):
            html.append(text)
    return html


def slot_items(name: str, request: HttpRequest) -> list[SafeString]:
    """Like `slot` for functions that return several fragments each."""
    items: list[SafeString] = []
    for plugin in _open_plugins(request):
        if function := plugin.contributions.slots.get(name):
            items += guarded(plugin.slug, f"slot {name}", [], _fragments, function, request)
    return items


def _fragments(function: Callable[..., Any], request: HttpRequest) -> list[SafeString]:
    return [mark_safe(checked(str, item)) for item in typed(list, function, request)]  # noqa: S308


def slot_for_entries(name: str, request: HttpRequest, entries: Sequence[Entry]) -> dict[int, SafeString]:
    """Entry id -> HTML of all open plugins, each asked once for the whole list; one that fails stays away."""
    joined: dict[int, str] = {}
    for plugin in _open_plugins(request):
        if function := plugin.contributions.slots.get(name):
            for pk, html in guarded(plugin.slug, f"slot {name}", {}, _by_entry, function, request, entries).items():
                joined[pk] = joined.get(pk, "") + html
    return {pk: mark_safe(html) for pk, html in joined.items()}  # noqa: S308


def _by_entry(function: Callable[..., Any], request: HttpRequest, entries: Sequence[Entry]) -> dict[int, str]:
    found = typed(dict, function, request, entries)
    return {pk: checked(str, html) for pk, html in found.items()}
