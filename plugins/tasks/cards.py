"""Tasks as entries of the catalogue, each for the one who has to do it."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import lru_cache

from django.conf import settings
from django.db.models import QuerySet
from django.utils import formats, timezone, translation
from django.utils.translation import gettext as _gettext
from django.utils.translation import gettext_lazy as _

from plugins.tasks.models import Task
from portal.audience.expressions import Expression
from portal.catalogue.card import Card
from portal.host import EntryType
from portal.host.settings import settings_for

types = [EntryType("task", _("Task"), "task", "automated", _("Tasks"))]

SLUG = "tasks"


def audience_of(task: Task) -> Expression:
    """As its source has it: by default whoever has to do it, and nobody else."""
    return task.source.audience_of([task.assignee_id], task.source.department)


def task_card(task: Task) -> Card:
    """For tasks with their source at hand."""
    with translation.override(settings.LANGUAGE_CODE):
        summary, state = _summary(task.due_on, settings.LANGUAGE_CODE), _state(task)
    return Card(
        kind="automated",
        type="task",
        obj=task,
        title=task.title,
        summary=summary,
        body="\n".join((task.title, task.where)),
        url=task.get_absolute_url(),
        department=task.source.department,
        plugin=SLUG,
        audience=audience_of(task),
        published_at=min(task.updated_at, timezone.now()),
        visible_until=_until(task),
        stale_from=task.missing_since,
        facets={
            "due": _due(task),
            "done": task.state == Task.State.DONE,
            "priority": task.priority,
            "link": task.url,
            **state,
            "source": task.where,
            "source_id": task.source_id,
        },
    )


def _until(task: Task) -> datetime | None:
    """How long what is done, or no longer there, can still be found."""
    ended = task.missing_since or (task.updated_at if task.state == Task.State.DONE else None)
    return ended and ended + timedelta(days=settings_for(SLUG, task.source.department).found_days)


def _due(task: Task) -> str | None:
    moment = task.due_at or task.due_on
    return moment.isoformat() if moment else None


@lru_cache(maxsize=1024)  # thousands of tasks are due on a few hundred days
def _summary(due_on: date | None, _language: str) -> str:
    if not due_on:
        return ""
    return _gettext("Due %(day)s.") % {"day": formats.date_format(due_on, "j F Y")}


def _state(task: Task) -> dict[str, str]:
    if task.missing_since:
        return {"state": "stale", "state_text": _gettext("No longer listed by its system")}
    return {"state": "ok", "state_text": _gettext("Done")} if task.state == Task.State.DONE else {}


def _all_tasks() -> QuerySet[Task]:
    return Task.objects.select_related("source__department")


cards = {Task: task_card}
rebuild = {Task: _all_tasks}
