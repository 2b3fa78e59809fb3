"""Tasks from tables and JSON, as most systems' exports and HTTP interfaces give them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from django.utils.translation import gettext_lazy

from plugins.tasks import actions
from plugins.tasks.items import TaskItem, TaskSettings
from plugins.tasks.rows import TaskRow, Tasks
from portal.ingestion.adapter import Item
from portal.ingestion.formats.mapping import MappedAdapter, in_every_format
from portal.ingestion.models import Source


class TaskLists(MappedAdapter):
    """A task is named by its id."""

    kind = "tasks"
    kind_title = gettext_lazy("Tasks")
    row = TaskRow
    identity = ("id",)
    maker = Tasks
    kind_settings = TaskSettings
    audience_roles = ("people",)

    def apply(self, source: Source, items: Sequence[Item]) -> None:
        actions.record_tasks(source, cast(Sequence[TaskItem], items))

    def mark_missing(self, source: Source, external_ids: Sequence[str]) -> None:
        actions.mark_tasks_missing(source, external_ids)

    def retarget(self, source: Source) -> None:
        actions.retarget(source)


adapters = in_every_format(TaskLists)
