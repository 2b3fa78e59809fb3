"""What the task lists hold about a person, and how it is erased. Never gated."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from plugins.tasks.actions import forget_person
from plugins.tasks.models import Task
from portal.audit import record
from portal.people.models import Person

person_columns = {"tasks.task": {"assignee_id": "drop"}}  # what becomes of archived rows


def export(person: Person) -> dict[str, Any]:
    """All tasks of the person, oldest first."""
    tasks = Task.objects.filter(assignee=person).select_related("source").order_by("pk")
    return {
        "tasks": [
            {
                "id": task.pk,
                "source": task.source.slug,
                "title": task.title,
                "due": (task.due_at or task.due_on).isoformat() if task.due_on else None,
                "state": task.state,
                "link": task.url,
                "system": task.system,
                "priority": task.priority,
                "status": task.status,
                "updated_at": task.updated_at.isoformat(),
            }
            for task in tasks
        ]
    }


@transaction.atomic
def erase(person: Person, *, acting_person: Person | None) -> int:
    """Deletes the person's tasks here; how many. Their systems keep their own."""
    count = forget_person(person)
    record("content.delete", person, acting_person=acting_person, data={"tasks.task": count})
    return count
