"""`list` and `show`: what is installed."""

from __future__ import annotations

from typing import Any

from portal.host.cli.verb import Verb, plugin_of, slug_argument
from portal.host.diagnosis import duplicates
from portal.host.discovery import distribution_of
from portal.host.models import Rule
from portal.host.registry import Installed, registry


def facts(plugin: Installed) -> dict[str, Any]:
    """What a plugin says of itself, and whether it runs."""
    manifest = plugin.manifest
    return {
        "slug": plugin.slug,
        "title": str(manifest.title),
        "version": manifest.version,
        "state": "dormant" if plugin.problem else "active",
        "problem": plugin.problem,
        "category": manifest.category,
        "requires": list(manifest.requires),
        "default_on": manifest.default_on,
        "critical": manifest.critical,
        "summary": str(manifest.summary),
    }


def _list(options: dict[str, Any]) -> list[dict[str, Any]]:
    left_out = [{"slug": problem.plugin, "state": "not loaded", "problem": problem.text} for problem in duplicates()]
    return [facts(plugin) for plugin in registry.all().values()] + left_out


def _show(options: dict[str, Any]) -> dict[str, Any]:
    plugin = plugin_of(options)
    rules = Rule.objects.filter(plugin=plugin.slug).select_related("department").order_by("department__path")
    distribution = distribution_of(plugin.slug, type(plugin.config).__module__)
    return facts(plugin) | {
        "api": plugin.manifest.api,
        "package": distribution.name if distribution else "",
        "rules": [{"department": rule.department.url_path, "state": rule.state} for rule in rules],
    }


VERBS = [
    Verb("list", "all installed plugins", _list),
    Verb("show", "one plugin, with the rules about it", _show, slug_argument),
]
