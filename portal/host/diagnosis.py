"""What is wrong with plugins in this installation, each with what to do about it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.host import snapshot
from portal.host.discovery import passed_over
from portal.host.models import Rule, Trouble
from portal.host.registry import registry


@dataclass(frozen=True)
class Problem:
    """`kind`: "duplicate", "dormant", "migrations", "breaker", "rules" or "source"."""

    plugin: str
    kind: str
    text: str


def problems() -> list[Problem]:
    """All there are. A fixed number of queries."""
    return [*duplicates(), *_dormant(), *_migrations(), *_breakers(), *_orphans(), *_sources()]


def duplicates() -> Iterator[Problem]:
    """Packages that are not loaded because another one brings a plugin of the same name."""
    for each in passed_over:
        names = {"slug": each.slug, "used": each.used, "other": each.other}
        text = _("Two packages bring it: %(used)s is loaded, %(other)s is not. Uninstall one of them.") % names
        yield Problem(each.slug, "duplicate", text)


def _dormant() -> Iterator[Problem]:
    for plugin in registry.all().values():
        if plugin.problem:
            text = _("It does not run: %(problem)s.") % {"problem": plugin.problem}
            yield Problem(plugin.slug, "dormant", text)


def _migrations() -> Iterator[Problem]:
    executor = MigrationExecutor(connection)
    waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    labels = {plugin.config.label: plugin.slug for plugin in registry.all().values()}
    for label in sorted({migration.app_label for migration, _backwards in waiting} & labels.keys()):
        yield Problem(labels[label], "migrations", _("Migrations are not applied; run manage.py migrate."))


def _breakers() -> Iterator[Problem]:
    for trouble in Trouble.objects.filter(open_until__gt=timezone.now()).order_by("plugin", "place"):
        names = {"place": trouble.place, "error": trouble.error}
        text = _("Its %(place)s is switched off after failing again and again: %(error)s") % names
        yield Problem(trouble.plugin, "breaker", text)


def _orphans() -> Iterator[Problem]:
    found = Rule.objects.exclude(plugin__in=registry.all()).order_by("plugin")
    for slug in found.values_list("plugin", flat=True).distinct():
        text = _("There are rules for it, but it is not installed; install it, or take its rules away with “inherit”.")
        yield Problem(slug, "rules", text)


def _sources() -> Iterator[Problem]:
    from portal.ingestion.models import Source

    current = snapshot.current()
    found = Source.objects.filter(paused=False).order_by("slug").values_list("name", "plugin", "department_id")
    for name, slug, home in found:
        if not current.bits.get(slug, 0) & current.mask_in(home):
            text = _("The source “%(name)s” is parked, as the plugin is off in its department.") % {"name": name}
            yield Problem(slug, "source", text)
