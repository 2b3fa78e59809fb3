"""The demo's source of tasks."""

from __future__ import annotations

from typing import Any

from portal.ingestion.actions import create_source


def seed(stage: Any) -> None:
    """Tasks of several systems come through one hub."""
    create_source(
        "task-hub",
        adapter="tasks.json",
        name="task hub",
        department=stage.departments[stage.demo.organisation.root.url_path],
        pull_from="tasks/tasks.json",
        schedule="*/15 * * * *",
        acting_person=None,
    )
    stage.say("a source of tasks")
