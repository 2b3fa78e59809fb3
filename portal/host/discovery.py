"""Finds installed plugins through the entry-point group, before Django is set up."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import Distribution, EntryPoint, entry_points
from typing import Any

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
    """A package that is not loaded because it clashes with one that is.

    `slug` is its own; `used` and `other` say where the loaded one and it come from, `clash` in what they are alike:
    "slug", or "label" for the Django app label, under which both would own the same tables.
    """

    slug: str
    used: str
    other: str
    clash: str = "slug"


passed_over: list[PassedOver] = []


def _package(point: EntryPoint) -> str:
    return point.dist.name if point.dist is not None else ""


def _precedence(point: EntryPoint) -> tuple[bool, str, str]:
    """What comes with Folkmoot itself is never replaced by a package from elsewhere; else the order of names."""
    package = _package(point)
    return package != OWN_PACKAGE, package, point.value


def _leave_out(slug: str) -> str:
    return f"leave it out with FOLKMOOT_PLUGINS_EXCLUDE={slug}, or mend or uninstall the package"


def _loaded(point: EntryPoint) -> Any:
    """The AppConfig class that the entry point names."""
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
    return config


def _label(config: Any) -> str:
    return getattr(config, "label", None) or str(config.name).rpartition(".")[2]


def installed_plugins(*, exclude: frozenset[str] = frozenset()) -> list[InstalledPlugin]:
    """All installed plugins but those left out, sorted by slug; raises ImproperlyConfigured in one line.

    Of two packages with one slug or one app label the first is loaded, and the other reported in `passed_over`.
    """
    slugs: dict[str, EntryPoint] = {}
    labels: dict[str, EntryPoint] = {}
    passed_over.clear()
    for point in sorted(entry_points(group=GROUP), key=_precedence):
        if point.name in exclude:
            continue
        if used := slugs.get(point.name):
            if used.value != point.value:
                passed_over.append(PassedOver(point.name, _origin(used), _origin(point)))
            continue
        used = labels.setdefault(_label(_loaded(point)), point)
        if used is point:
            slugs[point.name] = point
        else:
            passed_over.append(PassedOver(point.name, _origin(used), _origin(point), "label"))
    return [InstalledPlugin(slug, f"{point.module}.{point.attr}") for slug, point in sorted(slugs.items())]


def distribution_of(slug: str, module: str) -> Distribution | None:
    """The installed package that brings the plugin whose AppConfig lies in `module`; None if it cannot be told."""
    for point in entry_points(group=GROUP, name=slug):
        if point.dist is not None and point.module == module:
            return point.dist
    return None


def _origin(point: EntryPoint) -> str:
    return f"{_package(point)} ({point.value})" if _package(point) else point.value
