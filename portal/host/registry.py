"""The plugins of this process and what they contribute. The same in every process; changes by deploy."""

from __future__ import annotations

import importlib
import logging
import threading
from dataclasses import dataclass, field
from importlib.util import find_spec
from types import ModuleType

from django.apps import apps
from packaging.specifiers import InvalidSpecifier, SpecifierSet

from portal.host.plugin import API_VERSION, Contributions, EntryType, Manifest, Plugin, QuickAnswers

logger = logging.getLogger(__name__)


@dataclass
class Installed:
    """One installed plugin. `problem` says why it is dormant (models load, contributions do not); "" is well."""

    manifest: Manifest
    config: Plugin
    problem: str = ""
    contributions: Contributions = field(default_factory=Contributions)

    @property
    def slug(self) -> str:
        return self.manifest.slug


class Registry:
    """Slug -> installed plugin, in the order in which requirements are met first."""

    def __init__(self) -> None:
        self._plugins: dict[str, Installed] | None = None
        self._lock = threading.RLock()
        self.core_types: dict[str, EntryType] = {}
        self.core_answers: dict[str, QuickAnswers] = {}
        self._types: dict[str, EntryType] | None = None

    def all(self) -> dict[str, Installed]:
        if self._plugins is None:
            with self._lock:
                if self._plugins is None:
                    self._plugins = self._load()
        return self._plugins

    def active(self) -> list[Installed]:
        return [plugin for plugin in self.all().values() if not plugin.problem]

    def get(self, slug: str) -> Installed | None:
        return self.all().get(slug)

    def register_type(self, *types: EntryType) -> None:
        """Entry types of the core (pages, people); a plugin's come from its cards module."""
        for entry_type in types:
            self.core_types[entry_type.slug] = entry_type
        self._types = None

    def register_quick_answers(self, *answers: QuickAnswers) -> None:
        """Quick answers of the core (people, pages); a plugin's come from its quick_answers module."""
        for answer in answers:
            self.core_answers[answer.slug] = answer

    def types(self) -> dict[str, EntryType]:
        """All entry types by slug; asked for each item of a list, so put together once."""
        if self._types is None:
            found = dict(self.core_types)
            for plugin in self.active():
                found.update({entry_type.slug: entry_type for entry_type in plugin.contributions.types})
            self._types = found
        return self._types

    def _load(self) -> dict[str, Installed]:
        configs = [config for config in apps.get_app_configs() if isinstance(config, Plugin)]
        plugins = {c.manifest.slug: Installed(manifest=c.manifest, config=c) for c in configs}
        for plugin in plugins.values():
            plugin.problem = _api_problem(plugin.manifest)
        ordered = _in_order(plugins)
        for plugin in ordered.values():
            plugin.problem = plugin.problem or _requirement_problem(plugin.manifest, ordered)
            if not plugin.problem:
                _load_contributions(plugin)
            if plugin.problem:
                logger.error("plugin %r is dormant: %s", plugin.slug, plugin.problem)
        return ordered


def _api_problem(manifest: Manifest) -> str:
    try:
        fits = SpecifierSet(manifest.api).contains(API_VERSION)
    except InvalidSpecifier:
        return f"its range of plugin API versions {manifest.api!r} cannot be read"
    return "" if fits else f"it needs plugin API {manifest.api}; this is {API_VERSION}"


def _requirement_problem(manifest: Manifest, plugins: dict[str, Installed]) -> str:
    for slug in manifest.requires:
        if slug not in plugins:
            return f"it requires {slug!r}, which is not installed"
        if plugins[slug].problem:
            return f"it requires {slug!r}, which is dormant"
    return ""


def _in_order(plugins: dict[str, Installed]) -> dict[str, Installed]:
    """Requirements before dependants; the members of a cycle come last and are dormant."""
    ordered: dict[str, Installed] = {}
    waiting = dict(sorted(plugins.items()))
    while waiting:
        ready = [s for s, p in waiting.items() if not any(r in waiting for r in p.manifest.requires)]
        if not ready:
            for slug, plugin in waiting.items():
                plugin.problem = f"its requirements form a circle: {', '.join(sorted(waiting))}"
                ordered[slug] = plugin
            break
        for slug in ready:
            ordered[slug] = waiting.pop(slug)
    return ordered


_ATTRIBUTES = {
    "cards": {"types": "types", "cards": "cards", "rebuild": "rebuild"},
    "urls": {"urlpatterns": "urlpatterns", "navigation": "navigation"},
    "api": {"urlpatterns": "api_urlpatterns"},
    "widgets": {"widgets": "widgets"},
    "slots": {"slots": "slots"},
    "quick_answers": {"quick_answers": "quick_answers"},
    "notifications": {"notifications": "notifications"},
    "adapters": {"adapters": "adapters"},
    "jobs": {"schedules": "schedules"},
    "blocks": {"blocks": "blocks"},
    "permissions": {"permissions": "permissions"},
    "tokens": {"tokens": "tokens"},
    "settings": {"Settings": "settings_model"},
}


def module_of(plugin: Installed, name: str) -> ModuleType | None:
    """A conventional module of the plugin; None if there is no such file. An import error inside it is raised."""
    path = f"{plugin.config.name}.{name}"
    return importlib.import_module(path) if find_spec(path) else None


def _load_contributions(plugin: Installed) -> None:
    try:
        for name, attributes in _ATTRIBUTES.items():
            module = module_of(plugin, name)
            for attribute, target in attributes.items():
                if module is not None and hasattr(module, attribute):
                    setattr(plugin.contributions, target, getattr(module, attribute))
    except Exception as error:  # a plugin's broken module costs the plugin, not the site
        logger.exception("plugin %r", plugin.slug)
        plugin.contributions = Contributions()
        plugin.problem = f"{name}.py cannot be imported ({type(error).__name__}: {error})"


registry = Registry()
