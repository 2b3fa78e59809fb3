"""F14: what a plugin shows may raise, hang or be rubbish; it costs its own place."""

from __future__ import annotations

import time
from contextlib import suppress
from datetime import timedelta

import pytest
from django.db import DatabaseError, OperationalError, connection, transaction
from django.utils import timezone
from wagtail.models import ModelLogEntry

from portal.host import breaker, guard, rules, surfaces
from portal.host.health import health_of, health_of_all
from portal.host.models import Trouble
from portal.host.plugin import Manifest, NavItem, Schedule, Widget
from portal.host.registry import registry
from portal.ingestion import adapters
from portal.jobs import schedules
from portal.jobs.models import ScheduledJob

SLUG = "microblog"
NOT_LOADED = "could not be loaded"


def broken(*args):
    raise RuntimeError("the canteen is shut")


def bad_sql(*args):
    with connection.cursor() as cursor:
        cursor.execute("SELECT nonsense FROM nowhere")
    return ""


ENDLESS = {
    "sqlite": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n",
    "postgresql": "SELECT pg_sleep(30)",
}


def endless_sql(*args):
    with connection.cursor() as cursor:
        cursor.execute(ENDLESS[connection.vendor])
    return ""


@pytest.fixture
def contributions(monkeypatch):
    plugin = registry.get(SLUG)
    monkeypatch.setattr(plugin.contributions, "widgets", [])
    return plugin.contributions


def fails(function, slug=SLUG, place="widget x"):
    return guard.guarded(slug, place, guard.FAILED, function) is guard.FAILED


@pytest.mark.parametrize("render", [broken, bad_sql, lambda request: None, lambda request: 7])
def test_a_failing_widget_costs_its_own_place(render, contributions, as_bob, settings):
    contributions.widgets[:] = [
        Widget("bad", "Bad luck", render, order=1),
        Widget("good", "Good news", lambda request: "<p>All is well</p>", order=2),
    ]
    page = as_bob.get("/")
    assert page.status_code == 200
    text = page.content.decode()
    assert f"Bad luck {NOT_LOADED}" in text
    assert "All is well" in text
    assert Trouble.objects.get().place == "widget bad"


@pytest.mark.parametrize("result", [broken, bad_sql, lambda *args: ["list"], lambda *args: {1: None}])
def test_failing_slots_cost_their_own_place(result, contributions, monkeypatch, as_bob):
    monkeypatch.setattr(contributions, "slots", {"timeline.above": result, "entry.actions": result})
    assert as_bob.get("/").status_code == 200
    assert {trouble.place for trouble in Trouble.objects.all()} >= {"slot timeline.above"}


@pytest.mark.parametrize("rubbish", [{1: None}, {1: 7}, [None], "text"])
def test_rubbish_in_a_slot_of_a_list_is_shown_to_nobody(rubbish, contributions, monkeypatch, rf, bob):
    request = rf.get("/")
    request.user = bob
    monkeypatch.setattr(contributions, "slots", {"some.list": lambda *args: rubbish})
    for plugin in registry.active():
        if plugin.slug != SLUG:
            monkeypatch.setattr(plugin.contributions, "slots", {})
    assert surfaces.slot_for_entries("some.list", request, []) == {}
    breaker.flush()
    assert Trouble.objects.get().place == "slot some.list"


@pytest.mark.parametrize("rubbish", [[None], ["fine", 7], {1: "x"}])
def test_rubbish_in_a_slot_of_fragments_is_shown_to_nobody(rubbish, contributions, monkeypatch, rf, bob):
    request = rf.get("/")
    request.user = bob
    monkeypatch.setattr(contributions, "slots", {"some.items": lambda *args: rubbish})
    assert surfaces.slot_items("some.items", request) == []
    breaker.flush()
    assert Trouble.objects.get().place == "slot some.items"


def test_navigation_that_leads_nowhere_is_left_out(contributions, monkeypatch, as_bob):
    monkeypatch.setattr(contributions, "navigation", [NavItem("Nowhere", "chat", "no:where")])
    page = as_bob.get("/")
    assert page.status_code == 200
    assert "Nowhere" not in page.content.decode()


def test_sql_that_does_not_end_is_cancelled(db, settings):
    settings.FOLKMOOT_CONTRIBUTION_SECONDS = 0.2
    began = time.monotonic()
    assert fails(endless_sql)
    assert time.monotonic() - began < 10
    with connection.cursor() as cursor:  # the connection is as it was
        cursor.execute("SELECT 1")
        assert cursor.fetchone() == (1,)
        if connection.vendor == "postgresql":
            cursor.execute("SHOW statement_timeout")
            assert cursor.fetchone() == ("0",)


@pytest.mark.django_db(transaction=True)
def test_outside_a_transaction_too(settings):
    settings.FOLKMOOT_CONTRIBUTION_SECONDS = 0.2
    assert fails(endless_sql)
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        if connection.vendor == "postgresql":
            cursor.execute("SHOW statement_timeout")
            assert cursor.fetchone() == ("0",)


def test_the_limit_outlives_a_rollback_inside(db, settings):
    settings.FOLKMOOT_CONTRIBUTION_SECONDS = 0.2

    def endless_after_a_failure():
        with suppress(DatabaseError), transaction.atomic():
            bad_sql()
        endless_sql()

    began = time.monotonic()
    assert fails(endless_after_a_failure)
    assert time.monotonic() - began < 10


def test_an_adapter_that_cannot_be_made_costs_itself_only(db, monkeypatch):
    other = set(adapters.every())
    kind = type("Broken", (adapters.Adapter,), {"slug": "broken", "__init__": broken})
    given = registry.get(SLUG).contributions
    monkeypatch.setattr(given, "adapters", [*given.adapters, kind])
    assert set(adapters.every()) == other
    breaker.flush()
    assert Trouble.objects.get(plugin=SLUG).place == "adapter Broken"


def test_python_that_takes_too_long_is_shown_and_counts(db, settings):
    settings.FOLKMOOT_CONTRIBUTION_SECONDS = 0.01
    assert guard.guarded(SLUG, "widget x", "", lambda: time.sleep(0.05) or "late") == "late"
    breaker.flush()
    assert "seconds" in Trouble.objects.get().error


@pytest.mark.django_db(transaction=True)
def test_what_works_costs_no_statement(django_assert_num_queries):
    guard.guarded(SLUG, "widget x", "", str)
    with django_assert_num_queries(0):
        assert guard.guarded(SLUG, "widget x", "", lambda: "yes") == "yes"


def opened(function=broken):
    for _time in range(breaker.THRESHOLD):
        assert fails(function)
    breaker.flush()


def test_after_five_failures_it_is_left_alone(db):
    opened()
    assert fails(lambda: "works again, but nobody asks")
    trouble = Trouble.objects.get()
    assert trouble.open_until > timezone.now()
    assert "the canteen is shut" in trouble.error
    assert ModelLogEntry.objects.filter(action="folkmoot.plugin.breaker", data__state="open").count() == 1
    assert [t.place for t in health_of(SLUG).open_breakers] == ["widget x"]
    assert not health_of(SLUG).is_well


def test_other_places_and_plugins_go_on(db):
    opened()
    assert not fails(lambda: "yes", place="widget y")
    assert not fails(lambda: "yes", slug="comments")


def test_another_process_learns_of_it(db):
    opened()
    breaker.forget()
    assert fails(lambda: "works again, but nobody asks")


def test_when_its_time_is_over_one_call_tries_it(db):
    opened()
    Trouble.objects.update(open_until=timezone.now() - timedelta(seconds=1))
    breaker.forget()
    assert breaker.lets_through(SLUG, "widget x")
    assert not breaker.lets_through(SLUG, "widget x")


def test_a_success_closes_it(db):
    opened()
    Trouble.objects.update(open_until=timezone.now() - timedelta(seconds=1))
    breaker.forget()
    assert not fails(lambda: "yes")
    breaker.flush()
    trouble = Trouble.objects.get()
    assert (trouble.failures, trouble.open_until, trouble.total) == (0, None, breaker.THRESHOLD)
    assert ModelLogEntry.objects.filter(action="folkmoot.plugin.breaker", data__state="closed").count() == 1


def test_a_second_opening_lasts_longer(db):
    opened()
    first = Trouble.objects.get()
    Trouble.objects.update(open_until=timezone.now() - timedelta(seconds=1))
    breaker.forget()
    assert fails(broken)
    breaker.flush()
    second = Trouble.objects.get()
    assert second.openings == 2
    assert second.open_until - timezone.now() > first.open_until - first.last_at


def test_a_success_in_between_starts_the_count_anew(db):
    for _time in range(breaker.THRESHOLD - 1):
        fails(broken)
    assert not fails(lambda: "yes")
    opened_after = breaker.THRESHOLD - 1
    for _time in range(opened_after):
        fails(broken)
    assert not fails(lambda: "yes")


def test_the_breaker_of_a_critical_plugin_never_opens(db, monkeypatch):
    plugin = registry.get(SLUG)
    manifest = Manifest(slug=SLUG, title="x", summary="", version="1", critical=True)
    monkeypatch.setattr(plugin, "manifest", manifest)
    opened()
    assert not fails(lambda: "yes")


def test_a_rolled_back_request_does_not_lose_the_failure(db):
    with transaction.atomic():
        fails(broken)
        transaction.set_rollback(True)
    breaker.flush()
    assert Trouble.objects.get().failures == 1


@pytest.fixture
def job(monkeypatch, organisation):
    ran: list[str] = []
    monkeypatch.setattr(schedules, "_core", {})
    monkeypatch.setattr(
        registry.get(SLUG).contributions, "schedules", [Schedule("tidy", "* * * * *", lambda: ran.append("tidy"))]
    )
    for plugin in registry.active():
        if plugin.slug != SLUG:
            monkeypatch.setattr(plugin.contributions, "schedules", [])
    schedules.run_due()
    ScheduledJob.objects.update(next_at=timezone.now() - timedelta(minutes=1))
    return ran


def test_a_job_is_parked_while_its_plugin_is_on_nowhere(job, organisation, emergency):
    rules.set_rule(SLUG, organisation, rules.FORCED_OFF, acting_person=None)
    assert schedules.run_due() == 0
    assert health_of(SLUG).jobs[0].parked
    rules.set_rule(SLUG, organisation, rules.OFF, acting_person=None)
    rules.set_rule(SLUG, emergency, rules.ON, acting_person=None)
    assert schedules.run_due() == 1
    assert job == ["tidy"]


def test_a_failing_job_is_seen_by_it(job, monkeypatch):
    monkeypatch.setattr(registry.get(SLUG).contributions, "schedules", [Schedule("tidy", "* * * * *", broken)])
    schedules.run_due()
    health = health_of(SLUG)
    assert [trouble.place for trouble in health.failing] == ["job tidy"]
    assert "canteen" in health.jobs[0].error


def test_health_asks_the_same_for_any_number_of_troubles(db, django_assert_num_queries):
    health_of_all()  # what follows stamps is in memory
    for count in (1, 30):
        now = timezone.now()
        Trouble.objects.bulk_create(
            [Trouble(plugin=SLUG, place=f"widget {count} {n}", first_at=now, last_at=now) for n in range(count)]
        )
        with django_assert_num_queries(5):  # is there a table of migrations, migrations, troubles, jobs, sources
            health_of_all()


def test_a_failure_that_could_not_be_written_is_written_later(db, monkeypatch):
    fails(broken)
    write = breaker._write
    monkeypatch.setattr(breaker, "_write", gone)
    breaker.flush()
    assert not Trouble.objects.exists()
    monkeypatch.setattr(breaker, "_write", write)
    breaker.flush()
    assert Trouble.objects.get().failures == 1


def gone(note):
    raise OperationalError("the server closed the connection")
