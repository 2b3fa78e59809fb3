"""What IT sets for tasks."""

from __future__ import annotations

from datetime import timedelta

from plugins.tasks.models import Task
from plugins.tasks.tests.samples import document, task
from portal.catalogue.models import Entry
from portal.host.configuring.changes import change_settings
from portal.testing.adapters import deliver


def test_what_is_done_is_found_for_as_long_as_the_department_has_it(source, emergency):
    change_settings("tasks", emergency, {"found_days": 3}, acting_person=None)
    deliver(source, document(task("a", state="done"), task("b")))
    until = {entry.title: entry.visible_until for entry in Entry.objects.filter(type="task")}
    assert until == {
        "Task a": Task.objects.get(external_id="a").updated_at + timedelta(days=3),
        "Task b": None,
    }
