"""What plugins show: navigation, widgets, slots. Only of plugins that are on for the reader, each guarded."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.urls import NoReverseMatch, reverse
from django.utils.safestring import SafeString, mark_safe

from portal.host.gate import is_on_for
from portal.host.guard import guarded
from portal.host.plugin import Widget
from portal.host.registry import Installed, registry

if TYPE_CHECKING:
    from django.http import HttpRequest

    from portal.catalogue.models import Entry

logger = logging.getLogger(__name__)


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
    return (plugin for plugin in registry.active() if is_on_for(plugin.slug, request.user))


def navigation(request: HttpRequest) -> list[Place]:
    places = []
    for plugin in _open_plugins(request):
        for item in plugin.contributions.navigation:
            try:
                url = reverse(item.url_name)
            except NoReverseMatch:
                logger.exception("plugin %r: its navigation leads nowhere", plugin.slug)
                continue
            places.append(Place(str(item.label), item.icon, url, item.compose))
    return places


def widgets(request: HttpRequest) -> list[RenderedWidget]:
    """The start page's widgets in their order; one that has nothing to show stays away."""
    found: list[tuple[int, RenderedWidget]] = []
    for plugin in _open_plugins(request):
        for widget in plugin.contributions.widgets:
            html = guarded(plugin.slug, f"widget {widget.slug}", "", _render, widget, request)
            if html:
                found.append((widget.order, RenderedWidget(widget.slug, str(widget.title), mark_safe(html))))  # noqa: S308
    return [widget for _order, widget in sorted(found, key=lambda pair: (pair[0], pair[1].slug))]


def _render(widget: Widget, request: HttpRequest) -> str:
    return widget.render(request)


def slot(name: str, request: HttpRequest, *args: object) -> list[SafeString]:
    """The HTML every open plugin puts into the slot, in the plugins' order."""
    html = []
    for plugin in _open_plugins(request):
        function = plugin.contributions.slots.get(name)
        if function and (text := guarded(plugin.slug, f"slot {name}", "", function, request, *args)):
            html.append(mark_safe(text))  # noqa: S308  templates made it
    return html


def slot_items(name: str, request: HttpRequest) -> list[SafeString]:
    """Like `slot` for functions that return several fragments each."""
    items: list[SafeString] = []
    for plugin in _open_plugins(request):
        if function := plugin.contributions.slots.get(name):
            items += [mark_safe(i) for i in guarded(plugin.slug, f"slot {name}", [], function, request)]  # noqa: S308
    return items


def slot_for_entries(name: str, request: HttpRequest, entries: Sequence[Entry]) -> dict[int, SafeString]:
    """Entry id -> HTML of all open plugins, each asked once for the whole list."""
    joined: dict[int, str] = {}
    for plugin in _open_plugins(request):
        if function := plugin.contributions.slots.get(name):
            for pk, html in guarded(plugin.slug, f"slot {name}", {}, function, request, entries).items():
                joined[pk] = joined.get(pk, "") + html
    return {pk: mark_safe(html) for pk, html in joined.items()}  # noqa: S308
