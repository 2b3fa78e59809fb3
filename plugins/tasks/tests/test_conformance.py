from __future__ import annotations

from typing import Any

from plugins.tasks.tests.samples import document, task
from portal.ingestion.models import Source
from portal.testing.adapters import deliver, make_source
from portal.testing.conformance import CANARY, Conformance
from portal.testing.plugin import House


def payload(assignee: Any) -> bytes:
    return document(task("1", title=CANARY, assignee=assignee.email))


class TestTasks(Conformance):
    plugin = "tasks"

    def make(self, author: Any, department: Any) -> None:
        deliver(make_source("tasks.json", department=department), payload(author))

    def deliver(self, house: House) -> tuple[Source, bytes]:
        return make_source("tasks.json", department=house.department), payload(house.author)
