"""Every door of the running site that leads into a plugin, read from the site itself, and whether it is gated."""

from __future__ import annotations

import re
import sys
import weakref
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.dispatch import Signal
from django.template import engines
from django.template.backends.django import get_installed_libraries
from django.urls import URLPattern, URLResolver, get_resolver
from wagtail import hooks

from portal.host.blocks import blocks_of_plugins
from portal.host.owners import owner_of, owner_of_file, owner_of_module
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
    found = [*_addresses(), *_hooks(), *_settings(), *_receivers(), *_libraries(), *_jobs(), *_adapters(), *_blocks()]
    return [*found, *(door for plugin in registry.active() for door in _contributions(plugin))]


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


def _receivers() -> Iterator[Door]:
    """Those of rows being written and deleted keep a plugin's own data right, on or off, and show nothing."""
    for kind, signal in _signals():
        for each in list(signal.receivers):
            reference = each[1]
            function = reference() if isinstance(reference, weakref.ReferenceType) else reference
            if slug := owner_of_module(getattr(function, "__module__", "") or ""):
                gated = kind in KEEPING
                why = "keeps rows right, on or off" if gated else "runs with every request or page, on or off"
                yield Door("signal", f"{kind}: {getattr(function, '__qualname__', function)}", slug, gated, why)


# What says that rows have changed. Others (a request begins, a page is published, somebody logs in) are doors.
KEEPING = frozenset({"django.db.models.signals", "portal.catalogue.signals", "portal.audience.signals"})


def _signals() -> Iterator[tuple[str, Signal]]:
    """(module, signal) of every signal that a loaded module defines."""
    seen: set[int] = set()
    for name, module in sorted(sys.modules.items()):
        if not name.endswith("signals") or module is None:
            continue
        for signal in vars(module).values():
            if isinstance(signal, Signal) and id(signal) not in seen:
                seen.add(id(signal))
                yield name, signal


def _libraries() -> Iterator[Door]:
    """Template tags of a plugin, which Django lets any template load: only its own may."""
    owned = {name: slug for name, path in get_installed_libraries().items() if (slug := owner_of_module(path))}
    if not owned:
        return  # no template need be read
    loads: dict[str, set[str]] = defaultdict(set)
    for path in _templates():
        for names in _LOAD.findall(path.read_text(encoding="utf-8", errors="replace")):
            for name in names.split():
                loads[name].add(owner_of_file(path))
    for name, slug in owned.items():
        gated = loads[name] <= {slug}
        why = "only its own templates load it" if gated else "templates of others load it; contribute a slot instead"
        yield Door("template tags", name, slug, gated, why)


_LOAD = re.compile(r"{%\s*load\s+([\w\s.]+?)(?:\s+from\s+[\w.]+)?\s*%}")


def _templates() -> Iterator[Path]:
    folders = {Path(folder) for engine in engines.all() for folder in getattr(engine, "template_dirs", ())}
    for folder in sorted(folders):
        yield from folder.rglob("*.html")


def _jobs() -> Iterator[Door]:
    from portal.jobs import schedules  # the jobs know the host, not the other way round

    for name, schedule in schedules.schedules().items():
        if slug := owner_of(schedule.function) or schedules.plugin_of(name):
            gated = schedules.plugin_of(name) == slug
            why = "parked while the plugin is on nowhere" if gated else "runs as another's, whether it is on or off"
            yield Door("job", name, slug, gated, why)


def _adapters() -> Iterator[Door]:
    for plugin in registry.active():
        for kind in plugin.contributions.adapters:
            slug = owner_of_module(kind.__module__) or plugin.slug
            gated = slug == plugin.slug
            why = "deliveries wait while the plugin is off at home" if gated else "deliveries are applied as another's"
            yield Door("adapter", str(getattr(kind, "slug", kind.__name__)), slug, gated, why)


def _blocks() -> Iterator[Door]:
    """Blocks that plugins contribute are shown where they are on; one built into a field is shown to everybody."""
    for plugin, name, _block in blocks_of_plugins():
        yield Door("block", name, plugin.slug, True, "shown where the plugin is on at home and for the reader")
    for model in apps.get_models():
        for field in model._meta.get_fields():
            stream = getattr(field, "stream_block", None)
            for name, block in getattr(stream, "base_blocks", {}).items():
                mine, slug = owner_of_module(model.__module__), owner_of_module(type(block).__module__)
                if slug and slug != mine:
                    yield Door("block", f"{model._meta.label}.{field.name}.{name}", slug, False, "part of the field")


# Every kind of contribution, and what gates it. One that is not listed here is a defect: nobody thought of its gate.
SURFACES = "portal.host.surfaces renders it for whom the plugin is on"
ANSWERS = "portal.host.answers asks it for whom the plugin is on"
NOTIFICATIONS = "portal.notifications shows them to whom the plugin is on, if they may see what it is about"
GATES = {
    "navigation": SURFACES,
    "widgets": SURFACES,
    "slots": SURFACES,
    "quick_answers": ANSWERS,
    "notifications": NOTIFICATIONS,
    "urlpatterns": "found as addresses",
    "api_urlpatterns": "found as addresses",
    "schedules": "found as jobs",
    "adapters": "found as adapters",
    "blocks": "found as blocks",
    "types": "names and icons; the entries themselves are read by visible_to",
    "cards": "says how a row is an entry; entries are read by visible_to",
    "rebuild": "says which rows are entries; entries are read by visible_to",
    "permissions": "says what may be granted; actions ask",
    "settings_model": "says what may be set; services ask",
    "tokens": "says who people are, on or off",
}


def _contributions(plugin: Installed) -> Iterator[Door]:
    """What only portal.host's surfaces and answers call, which ask the gate first; and what nobody has thought of."""
    given = plugin.contributions
    for kind, names, why in (
        ("navigation", [item.url_name for item in given.navigation], SURFACES),
        ("widget", [widget.slug for widget in given.widgets], SURFACES),
        ("slot", list(given.slots), SURFACES),
        ("quick answer", [answers.slug for answers in given.quick_answers], ANSWERS),
        ("notification", [kind.slug for kind in given.notifications], NOTIFICATIONS),
    ):
        for name in names:
            yield Door(kind, name, plugin.slug, True, why)
    for name, value in vars(given).items():
        if value and name not in GATES:
            yield Door("contribution", name, plugin.slug, False, "nobody has said what gates this kind of contribution")
