"""Whoever gets a task is told, once, and nobody else."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from plugins.tasks.models import Task
from plugins.tasks.notifications import tell_assigned
from plugins.tasks.tests.samples import cost, document, html, task
from portal.notifications.models import Notification
from portal.testing.adapters import deliver
from tests import factories

# Being told


def told(person):
    return [(one.key, one.data.get("title") or one.data["count"]) for one in Notification.objects.filter(person=person)]


def later(seconds):
    return timezone.now() + timedelta(seconds=seconds)


def test_whoever_gets_a_task_is_told_but_not_of_what_there_is_at_first(source, bob, alice):
    deliver(source, document(task("a")))
    assert told(bob) == []
    deliver(source, document(task("a"), task("b"), task("c", state="done")), sent_at=later(1))
    pk = Task.objects.get(external_id="b").pk
    assert told(bob) == [(f"task-{pk}", "Task b")]
    deliver(source, document(task("a", title="New title"), task("b")), sent_at=later(2))
    assert len(told(bob)) == 1
    deliver(source, document(task("a", assignee="alice"), task("b")), sent_at=later(3))
    assert told(alice) == [(f"task-{Task.objects.get(external_id='a').pk}", "Task a")]


def test_many_at_once_are_told_as_a_number(source, bob, as_bob):
    deliver(source, document(task("a")))
    deliver(source, document(*[task(f"t{n}") for n in range(40)]), sent_at=later(1))
    assert told(bob) == [(f"source-{source.pk}", 40)]
    assert "40 tasks of integration have come to you." in html(as_bob, "/notifications/")


def test_whoever_lost_the_task_again_no_longer_sees_that_it_came(source, bob, as_bob, alice):
    deliver(source, document(task("a")))
    deliver(source, document(task("a"), task("b", title="Private matter")), sent_at=later(1))
    assert "A task has come to you: Private matter" in html(as_bob, "/notifications/")
    deliver(source, document(task("a"), task("b", title="Private matter", assignee="alice")), sent_at=later(2))
    assert "Private matter" not in html(as_bob, "/notifications/")


def test_telling_costs_the_same_however_many_are_told(source, bob):
    people = [factories.person(f"p{n}", email=f"p{n}@merekaar.example") for n in range(40)]
    rows = [task(f"{person.username}-{n}", assignee=person.username) for person in people for n in range(3)]
    deliver(source, document(*rows))
    tasks = list(Task.objects.select_related("source").order_by("pk"))
    few, many = (cost(lambda of=of: tell_assigned(source, of, tasks_url="/")) for of in (tasks[:3], tasks))
    assert few == many
    assert Notification.objects.count() == 120
