"""Whoever comes after their data gets it: however they come, once, and nobody else."""

from __future__ import annotations

from datetime import datetime
from importlib import import_module

import pytest
from django.core import serializers
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from plugins.kpis.models import Kpi
from plugins.rosters.models import Shift
from plugins.tasks.models import Task
from portal.catalogue.models import Entry
from portal.host import rules
from portal.ingestion import runner
from portal.ingestion.lease import lease_on
from portal.ingestion.models import RejectedItem
from portal.ingestion.waiting import match_waiting
from portal.jobs import sweep
from portal.notifications.models import Notification
from portal.people.actions import create_department, deactivate_person, reactivate_person
from portal.people.models import Person
from portal.testing.adapters import deliver, make_source
from tests import factories

SHIFT = b"id,title,start,end,email\n1,Night,2036-11-26T07:00:00Z,2036-11-26T15:00:00Z,Eve@x.example\n"
TASK = b"id,title,assignee\n1,Count the beds,eve@x.example\n"
FIGURE = b"kpi,date,value,owner\nwait,2026-11-26,12,eve@x.example\n"


@pytest.fixture
def rota(emergency):
    source = make_source("rosters.csv", department=emergency, audience_roles=["people"])
    deliver(source, SHIFT)
    return source


@pytest.fixture
def todo(emergency, bob):
    source = make_source("tasks.csv", department=emergency)
    deliver(source, TASK.replace(b"eve@x.example", b"bob"))
    return source


def eve(**fields):
    return factories.person("eve", **{"email": "eve@x.example", **fields})


def match():
    count = match_waiting()
    while runner.run_waiting():
        pass
    return count


def seen_by(person):
    return Entry.objects.visible_to(person).filter(kind="automated")


def test_a_shift_is_its_newcomers_who_see_it_and_nobody_else_does(rota, bob, emergency):
    newcomer = eve(departments=[emergency])
    assert not seen_by(newcomer).exists()
    assert match() == 1
    assert Shift.objects.get().person == newcomer
    assert seen_by(newcomer).exists()
    assert not seen_by(bob).exists()
    assert "not in the directory" not in seen_by(newcomer).get().summary


def test_it_is_told_like_any_other_change(emergency, at_noon):
    source = make_source("rosters.csv", department=emergency)
    deliver(source, SHIFT.replace(b"2036-11-26", b"2026-11-30"))
    newcomer = eve(departments=[emergency])
    match()
    told = Notification.objects.get(person=newcomer)
    assert [change["what"] for change in told.data["changes"]] == ["given"]
    assert Shift.objects.get().sequence == 1
    match()
    assert Notification.objects.count() == 1


@pytest.fixture
def at_noon(monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: datetime.fromisoformat("2026-11-28T12:00:00+02:00"))


def come_by_another_address(person):
    person.email = "Eve@X.example"
    person.save(update_fields=["email"])


def come_by_another_user_name(person):
    Person.objects.filter(pk=person.pk).update(username="eve@x.example")


def come_from_a_file(person):
    person.email = "eve@x.example"
    for one in serializers.deserialize("json", serializers.serialize("json", [person])):
        one.save()


@pytest.mark.parametrize("come", [come_by_another_address, come_by_another_user_name, come_from_a_file])
def test_however_the_address_comes_to_somebody(come, rota, bob):
    assert match() == 0
    come(bob)
    assert match() == 1
    assert Shift.objects.get().person == bob


def test_who_is_back_gets_what_was_delivered_meanwhile(emergency):
    person = eve()
    deactivate_person(person, acting_person=None)
    source = make_source("kpis.csv", department=emergency)
    deliver(source, FIGURE)
    assert match() == 0
    reactivate_person(person, acting_person=None)
    assert match() == 1
    assert Kpi.objects.get().owner == person


def test_an_address_that_two_have_waits_until_one_has_it(rota, bob):
    come_by_another_address(bob)
    other = eve()
    assert match() == 0
    assert Shift.objects.get().person is None
    deactivate_person(other, acting_person=None)
    assert match() == 1
    assert Shift.objects.get().person == bob


def test_while_its_plugin_is_off_it_waits(rota, emergency):
    newcomer = eve()
    rules.set_rule("rosters", emergency, rules.OFF, acting_person=None)
    assert match() == 0
    rules.set_rule("rosters", emergency, rules.ON, acting_person=None)
    assert match() == 1
    assert Shift.objects.get().person == newcomer


def test_while_its_source_is_read_it_waits(rota):
    eve()
    with lease_on(rota):
        assert match() == 0
    assert match() == 1


def test_what_is_delivered_again_waits_no_longer_for_whom_it_named(rota):
    deliver(rota, SHIFT.replace(b"Eve@x.example", b"other@x.example"))
    eve()
    assert match() == 0


def test_an_erased_person_gets_nothing_back(rota, todo, emergency):
    person = eve()
    deactivate_person(person, acting_person=None)
    deliver(make_source("kpis.csv", department=emergency), FIGURE)
    Task.objects.update(assignee=None, awaits="eve@x.example")
    for plugin in ("rosters", "kpis", "tasks"):
        import_module(f"plugins.{plugin}.privacy").erase(person, acting_person=None)
    reactivate_person(person, acting_person=None)
    assert match() == 0
    assert (Shift.objects.get().person, Kpi.objects.get().owner) == (None, None)
    assert not Task.objects.exists()


def test_what_a_plugin_cannot_do_for_one_source_is_done_for_the_others(rota, emergency, monkeypatch):
    other = make_source("kpis.csv", department=emergency)
    deliver(other, FIGURE)

    def fail(*_args):
        raise ValueError("no")

    monkeypatch.setattr("plugins.rosters.actions.tell", fail)
    newcomer = eve()
    assert match() == 1
    assert Kpi.objects.get().owner == newcomer
    assert Shift.objects.get().awaits == "eve@x.example"


def test_a_refused_task_goes_in_when_its_person_comes(todo, bob):
    deliver(todo, TASK)
    assert RejectedItem.objects.get(state="open").awaits_person == "eve@x.example"
    assert match() == 0
    newcomer = eve()
    assert match() == 1
    assert Task.objects.get(assignee=newcomer).title == "Count the beds"
    assert RejectedItem.objects.get().state == RejectedItem.State.REPLAYED
    assert match() == 0


def test_what_is_refused_again_for_another_reason_says_so_and_is_not_tried_for_ever(todo):
    deliver(todo, TASK.replace(b"Count", b"x" * 400))
    eve()
    assert match() == 1
    item = RejectedItem.objects.get(state="open")
    assert "title: At most 300" in item.reason
    assert match() == 0


def test_a_refused_figure_goes_in_when_its_department_comes(organisation):
    source = make_source("kpis.csv", department=organisation)
    deliver(source, b"kpi,date,value,department\nwait,2026-11-26,12,New Ward\n")
    assert match() == 0
    ward = create_department("new ward", parent=organisation, acting_person=None)
    assert match() == 1
    assert Kpi.objects.get().department == ward
    assert match() == 0


def test_a_department_elsewhere_is_not_the_one_that_was_meant(emergency, laboratory):
    source = make_source("kpis.csv", department=emergency)
    deliver(source, b"kpi,date,value,department\nwait,2026-11-26,12,New Ward\n")
    create_department("New Ward", parent=laboratory, acting_person=None)
    assert match() == 0


def test_nothing_to_do_costs_one_query_however_much_waits(rota, todo, emergency):
    def cost():
        with CaptureQueriesContext(connection) as queries:
            assert match_waiting() == 0
        return len(queries)

    assert cost() == 1
    rows = [SHIFT.splitlines()[1].replace(b"1,", b"%d," % number, 1) for number in range(50)]
    deliver(rota, b"\n".join([SHIFT.splitlines()[0], *rows]))
    deliver(todo, TASK)
    assert Shift.objects.exclude(awaits="").count() == 50
    assert cost() == 1


def test_many_are_matched_in_as_many_statements_as_few(emergency):
    person = eve()

    def cost(number):
        deactivate_person(person, acting_person=None)
        rows = [SHIFT.splitlines()[1].replace(b"1,", b"%d," % one, 1) for one in range(number)]
        deliver(make_source("rosters.csv", department=emergency), b"\n".join([SHIFT.splitlines()[0], *rows]))
        reactivate_person(person, acting_person=None)
        with CaptureQueriesContext(connection) as queries:
            assert match_waiting() == number
        return len(queries)

    cost(1)  # what is asked once a process
    assert cost(60) < cost(2) + 5  # SQLite takes fewer rows in a statement


def test_the_worker_looks_by_itself(rota):
    newcomer = eve()
    sweep.run_all()
    assert Shift.objects.get().person == newcomer
