"""Finds installed plugins through the entry-point group, before Django is set up."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points

from django.core.exceptions import ImproperlyConfigured

GROUP = "folkmoot.plugins"


@dataclass(frozen=True)
class InstalledPlugin:
    """A plugin package found in this environment. `app_config` is the dotted path for INSTALLED_APPS."""

    slug: str
    app_config: str


def _leave_out(slug: str) -> str:
    return f"leave it out with FOLKMOOT_PLUGINS_EXCLUDE={slug}, or mend or uninstall the package"


def _checked(point: EntryPoint) -> InstalledPlugin:
    try:
        config = point.load()
    except Exception as error:  # whatever a plugin's module raises, start-up names the plugin
        raise ImproperlyConfigured(
            f"plugin {point.name!r} cannot be imported ({error}); {_leave_out(point.name)}."
        ) from error
    slug = getattr(getattr(config, "manifest", None), "slug", None)
    if slug != point.name:
        raise ImproperlyConfigured(
            f"plugin {point.name!r} calls itself {slug!r} in its manifest; {_leave_out(point.name)}."
        )
    return InstalledPlugin(slug=slug, app_config=f"{point.module}.{point.attr}")


def installed_plugins(*, exclude: frozenset[str] = frozenset()) -> list[InstalledPlugin]:
    """All installed plugins but those left out, sorted by slug; raises ImproperlyConfigured in one line."""
    found: dict[str, EntryPoint] = {}
    for point in entry_points(group=GROUP):
        if point.name in exclude:
            continue
        if point.name in found and found[point.name].value != point.value:
            raise ImproperlyConfigured(
                f"two packages bring a plugin {point.name!r} ({found[point.name].value}, {point.value}); "
                "uninstall one of them."
            )
        found[point.name] = point
    return [_checked(found[slug]) for slug in sorted(found)]
