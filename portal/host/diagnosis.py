"""What is wrong with plugins in this installation, each with what to do about it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from portal.host.blocks import clashes
from portal.host.discovery import passed_over
from portal.host.health import health_of_all
from portal.host.models import Rule
from portal.host.registry import registry


@dataclass(frozen=True)
class Problem:
    """`kind`: "duplicate", "block", "dormant", "migrations", "breaker", "rules", "source", or one of another room's.

    `plugin` is the room's name where another room tells it.
    """

    plugin: str
    kind: str
    text: str


_checks: dict[str, Callable[[], Iterable[Problem]]] = {}


def register_check(room: str, function: Callable[[], Iterable[Problem]]) -> None:
    """Lets another room of the platform tell the doctor what is wrong there; call it in AppConfig.ready()."""
    _checks[room] = function


def problems() -> list[Problem]:
    """All there are. A fixed number of queries."""
    others = [problem for check in _checks.values() for problem in check()]
    return [*duplicates(), *_unwell(), *_clashes(), *_orphans(), *others]


def duplicates() -> Iterator[Problem]:
    """Packages that are not loaded because another one brings a plugin of the same name, or with the same tables."""
    for each in passed_over:
        names = {"used": each.used, "other": each.other}
        if each.clash == "label":
            text = _("%(used)s has the same app label and is loaded, %(other)s is not. Uninstall one of them.") % names
        else:
            text = _("Two packages bring it: %(used)s is loaded, %(other)s is not. Uninstall one of them.") % names
        yield Problem(each.slug, "duplicate", text)


def _unwell() -> Iterator[Problem]:
    for health in health_of_all():
        if health.problem:
            yield Problem(health.slug, "dormant", _("It does not run: %(problem)s.") % {"problem": health.problem})
        if health.unapplied:
            yield Problem(health.slug, "migrations", _("Migrations are not applied; run manage.py migrate."))
        for trouble in health.open_breakers:
            names = {"place": trouble.place, "error": trouble.error}
            text = _("Its %(place)s is switched off after failing again and again: %(error)s") % names
            yield Problem(health.slug, "breaker", text)
        for source in health.sources:
            if source.parked and not source.paused:
                text = _("The source “%(name)s” is parked, as the plugin is off in its department.")
                yield Problem(health.slug, "source", text % {"name": source.name})
            elif source.error and not source.paused:
                text = _("The source “%(name)s” fails: %(error)s")
                yield Problem(health.slug, "source", text % {"name": source.name, "error": source.error})


def _clashes() -> Iterator[Problem]:
    for slug, name in clashes():
        text = _("Its block “%(name)s” is left out, as there is another one of that name; ask its makers to rename it.")
        yield Problem(slug, "block", text % {"name": name})


def _orphans() -> Iterator[Problem]:
    found = Rule.objects.exclude(plugin__in=registry.all()).order_by("plugin")
    for slug in found.values_list("plugin", flat=True).distinct():
        text = _("There are rules for it, but it is not installed; install it, or take its rules away with “inherit”.")
        yield Problem(slug, "rules", text)
