"""Finds installed plugins through the entry-point group, before Django is set up."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points

from django.core.exceptions import ImproperlyConfigured

GROUP = "folkmoot.plugins"
OWN_PACKAGE = "folkmoot"


@dataclass(frozen=True)
class InstalledPlugin:
    """A plugin package found in this environment. `app_config` is the dotted path for INSTALLED_APPS."""

    slug: str
    app_config: str


@dataclass(frozen=True)
class PassedOver:
    """A second package with the slug of a plugin that is loaded: `used` and `other` are where each comes from."""

    slug: str
    used: str
    other: str


passed_over: list[PassedOver] = []


def _package(point: EntryPoint) -> str:
    return point.dist.name if point.dist is not None else ""


def _precedence(point: EntryPoint) -> tuple[bool, str, str]:
    """What comes with Folkmoot itself is never replaced by a package from elsewhere; else the order of names."""
    package = _package(point)
    return package != OWN_PACKAGE, package, point.value


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
    """All installed plugins but those left out, sorted by slug; raises ImproperlyConfigured in one line.

    Of two packages with one slug the first is loaded, and the other reported in `passed_over`.
    """
    found: dict[str, EntryPoint] = {}
    passed_over.clear()
    for point in sorted(entry_points(group=GROUP), key=_precedence):
        if point.name in exclude:
            continue
        used = found.setdefault(point.name, point)
        if used.value != point.value:
            passed_over.append(PassedOver(point.name, _origin(used), _origin(point)))
    return [_checked(found[slug]) for slug in sorted(found)]


def _origin(point: EntryPoint) -> str:
    return f"{_package(point)} ({point.value})" if _package(point) else point.value
