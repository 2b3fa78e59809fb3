"""Writes to tasks: set-based, from deliveries. What closes a task is its system, also where it was asked to here."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from plugins.tasks.cards import task_card
from plugins.tasks.items import TaskItem
from plugins.tasks.models import Task
from plugins.tasks.notifications import tell_assigned
from plugins.tasks.rows import People
from portal.catalogue.actions import put_many, remove_many
from portal.ingestion.models import Source
from portal.people.lookup import names_of
from portal.people.models import Person

BATCH = 500
COPIED = ["title", "due_on", "due_at", "state", "url", "system", "priority", "status"]


@transaction.atomic
def record_tasks(source: Source, items: Sequence[TaskItem]) -> None:
    """Stores tasks and their entries. What its system changed before what is known here changes nothing."""
    rows = {item.external_id: item for item in items}
    people = People()
    people.learn({item.assignee for item in rows.values()})
    columns = ("external_id", "updated_at", "assignee_id")
    before = {row[0]: row[1:] for row in Task.objects.filter(source=source, external_id__in=rows).values_list(*columns)}
    known = {name: updated_at for name, (updated_at, _assignee) in before.items()}
    now = timezone.now()
    tasks = [
        Task(
            source=source,
            external_id=name,
            assignee=people.get(item.assignee),
            # Whoever was here when it was read may have left since.
            awaits="" if people.get(item.assignee) else item.assignee.lower(),
            updated_at=item.updated_at or known.get(name) or now,
            **{field: getattr(item, field) for field in COPIED},
        )
        for name, item in rows.items()
        if not (item.updated_at and name in known and item.updated_at < known[name])
    ]
    Task.objects.bulk_create(
        tasks,
        update_conflicts=True,
        unique_fields=["source", "external_id"],
        update_fields=[*COPIED, "assignee", "awaits", "updated_at", "missing_since"],
    )
    put_many([task_card(task) for task in tasks])
    had = {name: assignee for name, (_updated_at, assignee) in before.items()}
    _tell_assigned(source, [t for t in tasks if t.assignee_id and had.get(t.external_id) != t.assignee_id])


@transaction.atomic
def assignees_came(source: Source, tasks: Sequence[Task]) -> None:
    """These tasks have got the people they waited for, who are told."""
    renew_entries(Task.objects.filter(pk__in=[task.pk for task in tasks]))
    _tell_assigned(source, tasks)


def _tell_assigned(source: Source, tasks: Sequence[Task]) -> None:
    """Not of what was done before it came, nor of a source's first delivery, which brings what everybody has."""
    names = [task.external_id for task in tasks if task.state == Task.State.OPEN]
    if names and source.last_success_at is not None:
        stored = Task.objects.filter(source=source, external_id__in=names).select_related("source")
        tell_assigned(source, list(stored), tasks_url=reverse("tasks:tasks"))


@transaction.atomic
def mark_tasks_missing(source: Source, external_ids: Sequence[str]) -> None:
    """The source no longer has these: they stay for a while and say so."""
    gone = Task.objects.filter(source=source, external_id__in=external_ids, missing_since=None)
    ids = list(gone.values_list("pk", flat=True))
    Task.objects.filter(pk__in=ids).update(missing_since=timezone.now())
    renew_entries(Task.objects.filter(pk__in=ids))


@transaction.atomic
def retarget(source: Source) -> None:
    """The source has another home or audience: its tasks follow."""
    renew_entries(Task.objects.filter(source=source))


@transaction.atomic
def renew_entries(tasks: QuerySet[Task]) -> None:
    """Gives the cards again. Tasks are no news of the timeline: they have their place on the start page."""
    ids = list(tasks.order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(ids), BATCH):
        found = Task.objects.filter(pk__in=ids[start : start + BATCH]).order_by("pk")
        put_many([task_card(task) for task in found.select_related("source__department")])


@transaction.atomic
def forget_person(person: Person) -> int:
    """Deletes the person's tasks here; how many there were."""
    tasks = Task.objects.filter(Q(assignee=person) | Q(awaits__in=names_of(person)))
    keys = [str(pk) for pk in tasks.values_list("pk", flat=True)]
    remove_many(Task._meta.label_lower, keys)
    tasks.delete()
    return len(keys)
