"""A person's tasks, sorted by when they are due and told in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from plugins.tasks.models import Task
from plugins.tasks.on_its_way import words_for
from portal.ingestion.models import WriteBack

Moment = date | datetime | None


@dataclass(frozen=True)
class Row:
    """A task as the design draws it: `due` is text, `due_at` a date in its place; `url` its page here, `link` there."""

    id: str
    title: str
    url: str
    link: str
    done: bool
    due: str
    due_at: Moment
    due_state: str
    source: str
    note: str = ""


@dataclass(frozen=True)
class Lists:
    late: list[Row]
    today: list[Row]
    later: list[Row]
    done: list[Row]
    gone: list[Row]

    @property
    def waiting(self) -> int:
        return len(self.late) + len(self.today) + len(self.later)


def lists_of(tasks: Iterable[Task], on_their_way: Mapping[int, WriteBack] | None = None) -> Lists:
    """Where each task stands today; no query. `on_their_way`: of queries.finishing."""
    now = timezone.now()
    found = Lists([], [], [], [], [])
    for task in tasks:
        sent = (on_their_way or {}).get(task.pk)
        _list_for(found, task, now).append(row_of(task, now, words_for(sent, task) if sent else ""))
    return found


def _list_for(lists: Lists, task: Task, now: datetime) -> list[Row]:
    if task.state == Task.State.DONE:
        return lists.done
    if task.missing_since:
        return lists.gone
    if is_late(task, now):
        return lists.late
    return lists.today if task.day == timezone.localdate(now) else lists.later


def is_late(task: Task, now: datetime) -> bool:
    """A task with a time is late after it, one with a day only after that day."""
    if task.due_at:
        return task.due_at < now
    return bool(task.due_on and task.due_on < timezone.localdate(now))


def row_of(task: Task, now: datetime, note: str = "") -> Row:
    due, due_at, due_state = due_of(task, now)
    return Row(
        f"task-{task.pk}", task.title, task.get_absolute_url(), task.url, task.state == Task.State.DONE, due, due_at,
        due_state, task.where, note,
    )  # fmt: skip


def due_of(task: Task, now: datetime) -> tuple[str, Moment, str]:
    """(text, or a date in its place, state)."""
    if task.day is None:
        return _("any time"), None, ""
    if task.missing_since or task.state == Task.State.DONE:
        return "", task.due_at or task.due_on, ""
    today = timezone.localdate(now)
    if is_late(task, now):
        days = task.days_late(today)
        if days:
            return ngettext("%(days)d day late", "%(days)d days late", days) % {"days": days}, None, "bad"
        return _("late since %(time)s") % {"time": _clock(task)}, None, "bad"
    if task.day == today:
        return _clock(task) or _("today"), None, "warn"
    return "", task.due_at or task.due_on, ""


def _clock(task: Task) -> str:
    return f"{timezone.localtime(task.due_at):%H:%M}" if task.due_at else ""
