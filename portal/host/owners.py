"""Whose view is this? The plugin is read from where a view's code or model lives, wherever it is mounted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

from portal.host.registry import registry


def owner_of_module(module: str) -> str:
    """The slug of the plugin in whose package the module lies; "" if it is no plugin's. Longest package wins."""
    owners = [
        (len(plugin.config.name), slug)
        for slug, plugin in registry.all().items()
        if module == plugin.config.name or module.startswith(f"{plugin.config.name}.")
    ]
    return max(owners)[1] if owners else ""


def owner_of_file(path: Path) -> str:
    """The slug of the plugin in whose folder the file lies; "" if it is no plugin's."""
    owners = [
        (len(plugin.config.path), slug)
        for slug, plugin in registry.all().items()
        if path.is_relative_to(plugin.config.path)
    ]
    return max(owners)[1] if owners else ""


@cache  # views live as long as the process
def owner_of(view: Callable[..., Any]) -> str:
    """The slug of the plugin to which a view belongs; "" for the platform's own."""
    for layer in _layers(view):
        if slug := getattr(layer, "folkmoot_gate", "") or _owner_of_layer(layer):
            return str(slug)
    return ""


def _layers(view: Any) -> Iterator[Any]:
    """The view and everything it wraps: decorators, partials, bound methods."""
    while view is not None:
        yield view
        view = getattr(view, "__wrapped__", None) or getattr(view, "func", None) or getattr(view, "__self__", None)


def _owner_of_layer(layer: Any) -> str:
    # A class-based view names its class; the viewsets of Wagtail share one class, but name the model.
    view_class = getattr(layer, "view_class", None) or getattr(layer, "cls", None)
    arguments = {**(getattr(layer, "view_initkwargs", None) or {}), **(getattr(layer, "initkwargs", None) or {})}
    viewset = getattr(layer, "viewset", None)
    model = arguments.get("model") or getattr(view_class, "model", None) or getattr(viewset, "model", None)
    for part in (layer, type(layer), view_class, model, *getattr(view_class, "__mro__", ())):
        if slug := owner_of_module(str(getattr(part, "__module__", "") or "")):
            return slug
    return ""
