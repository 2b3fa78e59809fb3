from __future__ import annotations

from typing import Any

from plugins.tasks.tests.samples import document, task
from portal.testing.adapters import deliver, make_source
from portal.testing.conformance import CANARY, Conformance


class TestTasks(Conformance):
    plugin = "tasks"

    def make(self, author: Any, department: Any) -> None:
        source = make_source("tasks.json", department=department)
        deliver(source, document(task("1", title=CANARY, assignee=author.email)))
