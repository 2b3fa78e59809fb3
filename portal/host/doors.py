"""Every door of the running site that leads into a plugin, read from the site itself, and whether it is gated."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.urls import URLPattern, URLResolver, get_resolver
from wagtail import hooks

from portal.host.owners import owner_of, owner_of_module
from portal.host.registry import Installed, registry

GATE_MIDDLEWARE = "portal.middleware.GateMiddleware"

# What the platform takes from these hooks passes GateMiddleware (addresses) or admin_gate (menus).
GATED_HOOKS = frozenset(
    {
        "register_admin_urls",
        "register_admin_viewset",
        "register_admin_menu_item",
        "register_settings_menu_item",
        "register_reports_menu_item",
    }
)


@dataclass(frozen=True)
class Door:
    """One way into a plugin. `why` says what gates it, or why nothing does."""

    kind: str
    name: str
    plugin: str
    gated: bool
    why: str


def doors() -> list[Door]:
    """All doors of all installed plugins; those that are not gated are defects."""
    return [*_addresses(), *_hooks(), *_settings(), *(d for p in registry.active() for d in _contributions(p))]


def addresses(routes: Iterable[URLPattern | URLResolver] | None = None, prefix: str = "/") -> Iterator[tuple[str, str]]:
    """(route, slug) of every URL pattern whose view belongs to a plugin, wherever it is mounted."""
    for route in get_resolver().url_patterns if routes is None else routes:
        name = prefix + str(route.pattern)
        if isinstance(route, URLResolver):
            yield from addresses(route.url_patterns, name)
        elif slug := owner_of(route.callback):
            yield name, slug


def _addresses() -> Iterator[Door]:
    gated = GATE_MIDDLEWARE in settings.MIDDLEWARE
    why = "GateMiddleware asks for every view of a plugin" if gated else f"{GATE_MIDDLEWARE} is not in MIDDLEWARE"
    for name, slug in addresses():
        kind = "api" if name.startswith("/api/") else "admin" if name.startswith("/admin/") else "url"
        yield Door(kind, name, slug, gated, why)


def _hooks() -> Iterator[Door]:
    hooks.search_for_hooks()
    for hook, functions in hooks._hooks.items():
        for function, _order in functions:
            if slug := owner_of_module(getattr(function, "__module__", "") or ""):
                gated = hook in GATED_HOOKS
                why = "its views and items pass the gate" if gated else "runs in the admin whether on or off"
                yield Door("hook", hook, slug, gated, why)


def _settings() -> Iterator[Door]:
    """What a deployment wires in by dotted path runs for everybody, on or off."""
    named = [("middleware", path) for path in settings.MIDDLEWARE]
    for engine in settings.TEMPLATES:
        options: dict[str, Any] = engine.get("OPTIONS", {})  # type: ignore[assignment]
        named += [("context processor", path) for path in options.get("context_processors", [])]
        named += [("template tags", path) for path in options.get("builtins", [])]
        named += [("template tags", path) for path in options.get("libraries", {}).values()]
    for kind, path in named:
        if slug := owner_of_module(path):
            yield Door(kind, path, slug, False, "runs whether the plugin is on or off; contribute a slot instead")


def _contributions(plugin: Installed) -> Iterator[Door]:
    """What only portal.host.surfaces renders, which asks the gate first."""
    given = plugin.contributions
    for kind, names in (
        ("navigation", [item.url_name for item in given.navigation]),
        ("widget", [widget.slug for widget in given.widgets]),
        ("slot", list(given.slots)),
    ):
        for name in names:
            yield Door(kind, name, plugin.slug, True, "portal.host.surfaces renders it for whom the plugin is on")
