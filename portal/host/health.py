"""How plugins are doing, for IT: versions, migrations, failures, jobs and sources."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime

from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from portal.host import snapshot
from portal.host.models import Trouble
from portal.host.registry import registry


@dataclass(frozen=True)
class JobHealth:
    """A plugin's job: its last run, and whether it is parked because the plugin is on nowhere."""

    name: str
    last_at: datetime | None
    next_at: datetime | None
    error: str
    parked: bool


@dataclass(frozen=True)
class SourceHealth:
    """An external application that delivers to the plugin. `parked`: the plugin is off in its home department."""

    name: str
    last_at: datetime | None
    error: str
    paused: bool
    parked: bool


@dataclass(frozen=True)
class Health:
    """What IT should know about one plugin. `unapplied` are names of migrations."""

    slug: str
    version: str
    api: str
    problem: str
    unapplied: list[str] = field(default_factory=list)
    troubles: list[Trouble] = field(default_factory=list)
    jobs: list[JobHealth] = field(default_factory=list)
    sources: list[SourceHealth] = field(default_factory=list)

    @property
    def open_breakers(self) -> list[Trouble]:
        now = timezone.now()
        return [trouble for trouble in self.troubles if trouble.open_until and trouble.open_until > now]

    @property
    def failing(self) -> list[Trouble]:
        """What failed the last time it was called."""
        return [trouble for trouble in self.troubles if trouble.failures]

    @property
    def is_well(self) -> bool:
        errors = [job.error for job in self.jobs] + [source.error for source in self.sources]
        return not (self.problem or self.unapplied or self.failing or any(errors))


def health_of_all() -> list[Health]:
    """One for each installed plugin, in the registry's order; a fixed number of queries."""
    unapplied = _unapplied()
    troubles: defaultdict[str, list[Trouble]] = defaultdict(list)
    for trouble in Trouble.objects.order_by("plugin", "place"):
        troubles[trouble.plugin].append(trouble)
    jobs, sources = _jobs(), _sources()
    return [
        Health(
            slug=plugin.slug,
            version=plugin.manifest.version,
            api=plugin.manifest.api,
            problem=plugin.problem,
            unapplied=unapplied[plugin.config.label],
            troubles=troubles[plugin.slug],
            jobs=jobs[plugin.slug],
            sources=sources[plugin.slug],
        )
        for plugin in registry.all().values()
    ]


def health_of(slug: str) -> Health | None:
    return next((health for health in health_of_all() if health.slug == slug), None)


def _unapplied() -> defaultdict[str, list[str]]:
    executor = MigrationExecutor(connection)
    missing: defaultdict[str, list[str]] = defaultdict(list)
    for migration, _backwards in executor.migration_plan(executor.loader.graph.leaf_nodes()):
        missing[migration.app_label].append(migration.name)
    return missing


def _jobs() -> defaultdict[str, list[JobHealth]]:
    from portal.jobs import schedules  # the jobs know the host, not the other way round
    from portal.jobs.models import ScheduledJob

    rows = ScheduledJob.objects.in_bulk()
    found: defaultdict[str, list[JobHealth]] = defaultdict(list)
    for name in schedules.schedules():
        if slug := schedules.plugin_of(name):
            row = rows.get(name)
            found[slug].append(
                JobHealth(
                    name=name.partition(".")[2],
                    last_at=row.last_at if row else None,
                    next_at=row.next_at if row else None,
                    error=row.last_error if row else "",
                    parked=schedules.is_parked(name),
                )
            )
    return found


def _sources() -> defaultdict[str, list[SourceHealth]]:
    from portal.ingestion.models import Source  # ingestion knows the host, not the other way round

    current = snapshot.current()
    found: defaultdict[str, list[SourceHealth]] = defaultdict(list)
    for source in Source.objects.order_by("name", "pk"):
        on = current.bits.get(source.plugin, 0) & current.mask_in(source.department_id)
        found[source.plugin].append(
            SourceHealth(
                name=source.name,
                last_at=source.last_success_at,
                error=source.last_error if source.failures else "",
                paused=source.paused,
                parked=not on,
            )
        )
    return found
