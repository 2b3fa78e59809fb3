"""What is read of a person's tasks: how many there are, where they come from, what is on its way back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.db.models import Count, Q
from django.utils import timezone

from plugins.tasks.models import Task, TaskQuerySet
from portal.ingestion.models import WriteBack
from portal.people.models import Person

COMPLETE, COMMENT = "complete", "comment"


@dataclass(frozen=True)
class Counts:
    """Of the open tasks."""

    late: int
    today: int
    open: int

    @property
    def later(self) -> int:
        return self.open - self.late - self.today


def counts_of(tasks: TaskQuerySet, now: datetime) -> Counts:
    """As lists.lists_of sorts them, however many there are; one query."""
    today = timezone.localdate(now)
    tomorrow = timezone.make_aware(datetime.combine(today + timedelta(days=1), time()))
    late = Q(due_at__lt=now) | Q(due_at=None, due_on__lt=today)
    due = Q(due_at__gte=now, due_at__lt=tomorrow) | Q(due_at=None, due_on=today)
    found = (
        tasks.waiting()
        .order_by()
        .aggregate(late=Count("pk", filter=late), today=Count("pk", filter=due), open=Count("pk"))
    )
    return Counts(**found)


@dataclass(frozen=True)
class System:
    """Where tasks come from; `count`: of the open ones."""

    name: str
    count: int


def systems_of(tasks: TaskQuerySet) -> tuple[list[System], set[int]]:
    """The systems by name, and the ids of their sources; one query."""
    waiting = Count("pk", filter=Q(state=Task.State.OPEN, missing_since=None))
    rows = tasks.with_system().order_by().values("where_from", "source_id").annotate(count=waiting)
    counts: dict[str, int] = {}
    for row in rows:
        counts[row["where_from"]] = counts.get(row["where_from"], 0) + row["count"]
    systems = [System(name, count) for name, count in sorted(counts.items(), key=lambda one: one[0].lower())]
    return systems, {row["source_id"] for row in rows}


def write_backs_of(task: Task, person: Person) -> list[WriteBack]:
    """What the person did with a task here, newest first. What an earlier assignee wrote is not shown."""
    return list(WriteBack.objects.about(task.source_id, task.external_id).filter(person=person)[:20])


def finishing(tasks: Iterable[Task], person: Person) -> Mapping[int, WriteBack]:
    """Id of the task -> the newest attempt to finish it from here, of those tasks that are open; one query."""
    by_name = {(task.source_id, task.external_id): task.pk for task in tasks if task.state == Task.State.OPEN}
    if not by_name:
        return {}
    mine = WriteBack.objects.filter(
        person=person,
        operation=COMPLETE,
        source__in={source for source, _name in by_name},
        external_id__in={name for _source, name in by_name},
    ).exclude(state=WriteBack.State.WITHDRAWN)
    rows = mine.order_by("pk")
    return {by_name[key]: one for one in rows if (key := (one.source_id, one.external_id)) in by_name}
