"""Tasks from JSON: an object with a list of them, as most systems' HTTP interfaces give it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import BinaryIO, cast

from django.utils.translation import gettext_lazy

from plugins.tasks import actions
from plugins.tasks.document import list_in, parts_of
from plugins.tasks.items import JsonSettings, TaskItem
from portal.ingestion.adapter import Adapter, Item, Rejection
from portal.ingestion.models import Source


class TasksJson(Adapter):
    slug = "tasks.json"
    title = gettext_lazy("Tasks from JSON")
    settings_model = JsonSettings
    content_types = ("application/json",)

    def read(self, payload: BinaryIO, source: Source) -> Iterator[Item | Rejection]:
        settings = JsonSettings.model_validate(source.settings)
        yield from parts_of(list_in(payload, settings), settings)

    def apply(self, source: Source, items: Sequence[Item]) -> None:
        actions.record_tasks(source, cast(Sequence[TaskItem], items))

    def mark_missing(self, source: Source, external_ids: Sequence[str]) -> None:
        actions.mark_tasks_missing(source, external_ids)

    def retarget(self, source: Source) -> None:
        actions.retarget(source)


adapters = [TasksJson]
