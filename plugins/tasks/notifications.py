"""What people are told of tasks: that one has come to them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from plugins.tasks.models import Task
from portal.host import Notice, NotificationType
from portal.ingestion.models import Source
from portal.notifications.actions import Note, notify_each
from portal.notifications.models import Notification

ASSIGNED = "task-assigned"
MOST = 5  # of one person at once; more than that is told as a number


def task_assigned(data: dict[str, Any]) -> Notice:
    """`data`: title, or count; system, url."""
    if "count" in data:
        text = ngettext(
            "%(count)d task of %(system)s has come to you.",
            "%(count)d tasks of %(system)s have come to you.",
            data["count"],
        )
        return Notice(text=text % data, url=data["url"])
    return Notice(text=_("A task has come to you: %(title)s") % data, url=data["url"], detail=data["system"])


def tell_assigned(source: Source, tasks: Sequence[Task], *, tasks_url: str) -> None:
    """Tells each assignee of tasks that are new to them; they have entries already."""
    per_person = Counter(task.assignee_id for task in tasks)
    notes = [
        Note(
            task.assignee_id,
            f"task-{task.pk}",
            {"title": task.title, "system": task.where, "url": task.get_absolute_url()},
            subject=task,
        )
        for task in tasks
        if task.assignee_id and per_person[task.assignee_id] <= MOST
    ]
    notes += [
        Note(person, f"source-{source.pk}", {"count": count, "system": source.name, "url": tasks_url})
        for person, count in per_person.items()
        if person and count > MOST
    ]
    if notes:
        notify_each(notes, type=ASSIGNED, plugin="tasks")


def forget_told(source: Source) -> None:
    """The numbers of tasks that were told at once; what is about a single task goes with its entry."""
    Notification.objects.filter(plugin="tasks", type=ASSIGNED, key=f"source-{source.pk}").delete()


notifications = [
    NotificationType(slug=ASSIGNED, label=gettext_lazy("Tasks that come to me"), icon="task", render=task_assigned)
]
