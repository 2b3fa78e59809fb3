"""What all lists of tasks have in common, whatever they are read from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from django.utils.translation import gettext_lazy

from plugins.tasks import actions
from plugins.tasks.items import TaskItem, TaskSettings
from plugins.tasks.models import Task
from plugins.tasks.notifications import forget_told
from plugins.tasks.rows import TaskRow, Tasks
from portal.ingestion.adapter import Item, Waiting
from portal.ingestion.formats.mapping import MappedAdapter
from portal.ingestion.models import Source
from portal.people.models import Person


class TaskLists(MappedAdapter):
    """A task is named by its id. Where something can be written back, it is by whoever the task is assigned to."""

    kind = "tasks"
    kind_title = gettext_lazy("Tasks")
    row: type = TaskRow
    identity = ("id",)
    maker = Tasks
    kind_settings = TaskSettings
    waiting = Waiting(Task, actions.assignees_came, person="assignee")

    def apply(self, source: Source, items: Sequence[Item]) -> None:
        actions.record_tasks(source, cast(Sequence[TaskItem], items))

    def mark_missing(self, source: Source, external_ids: Sequence[str]) -> None:
        actions.mark_tasks_missing(source, external_ids)

    def retarget(self, source: Source) -> None:
        actions.retarget(source)

    def withdraw(self, source: Source) -> None:
        forget_told(source)
        super().withdraw(source)

    def may_write_back(self, source: Source, external_id: str, person: Person) -> bool:
        return Task.objects.filter(source=source, external_id=external_id, assignee=person).exists()
