"""Schedules in cron form: those of plugins and of the core, and when each is due."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from croniter import CroniterError, croniter
from django.db import transaction
from django.utils import timezone

from portal.host import breaker, gate
from portal.host.plugin import Schedule
from portal.host.registry import registry
from portal.jobs.models import ScheduledJob

logger = logging.getLogger(__name__)

LOOK_AGAIN = timedelta(days=1)

_core: dict[str, Schedule] = {}


def register_schedule(name: str, cron: str, function: Callable[[], object]) -> None:
    """A schedule of the core; plugins declare theirs in their jobs module."""
    _core[name] = Schedule(name, cron, function)


def schedules() -> dict[str, Schedule]:
    found = dict(_core)
    for plugin in registry.active():
        found.update({f"{plugin.slug}.{s.name}": s for s in plugin.contributions.schedules})
    return found


def plugin_of(name: str) -> str:
    """The slug of the plugin whose job it is; "" for the core's."""
    slug = name.partition(".")[0]
    return slug if name not in _core and registry.get(slug) else ""


def is_parked(name: str) -> bool:
    """Whether it waits because its plugin is on nowhere. It stays due, and runs once the plugin is on again."""
    slug = plugin_of(name)
    return bool(slug) and not gate.is_on_anywhere(slug)


def next_run(cron: str, after: datetime) -> datetime | None:
    """The next moment of a five-field cron expression, in the organisation's time zone.

    None: never, as on 30 February, or because it is no cron expression. Raises nothing, whatever was stored.
    """
    if not is_cron(cron):
        return None
    try:
        moment: datetime = croniter(cron, timezone.localtime(after)).get_next(datetime)
    except CroniterError:
        return None
    return moment


def is_cron(expression: str) -> bool:
    return bool(croniter.is_valid(expression)) and len(expression.split()) == 5


def run_due() -> int:
    """Runs one schedule that is due; 0 if none is. A failing one is tried again later, ever more seldom."""
    now = timezone.now()
    wanted = schedules()
    known = dict(ScheduledJob.objects.values_list("name", "next_at"))
    new = [ScheduledJob(name=n, next_at=_next_at(s, now)) for n, s in wanted.items() if n not in known]
    ScheduledJob.objects.bulk_create(new, ignore_conflicts=True)
    due = sorted(name for name, at in known.items() if at <= now and name in wanted and not is_parked(name))
    if not due:
        return 0
    _run(due[0], wanted[due[0]], now)
    return 1


def _next_at(schedule: Schedule, now: datetime) -> datetime:
    """What never comes due holds up no other: it is looked at again after a time in which it may have been mended."""
    moment = next_run(schedule.cron, now)
    if moment is None:
        logger.error("schedule %s: %r never comes due; write five fields of cron", schedule.name, schedule.cron)
    return moment or now + LOOK_AGAIN


def _run(name: str, schedule: Schedule, now: datetime) -> None:
    error = ""
    try:
        with transaction.atomic():
            schedule.function()
    except Exception as failure:
        logger.exception("schedule %s", name)
        error = f"{type(failure).__name__}: {failure}"[:300]
    if slug := plugin_of(name):
        place = f"job {name.partition('.')[2]}"
        breaker.failed(slug, place, error) if error else breaker.worked(slug, place)
        breaker.flush()
    job = ScheduledJob.objects.get(name=name)
    job.failures = job.failures + 1 if error else 0
    job.last_at, job.last_error = now, error
    job.next_at = _next_at(schedule, now)
    if error:
        job.next_at = min(job.next_at, now + timedelta(minutes=2 ** min(job.failures, 6)))
    job.save()
