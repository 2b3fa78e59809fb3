"""What is seen of tasks, by whom, and at what cost."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from plugins.tasks import privacy
from plugins.tasks.models import Task
from plugins.tasks.slots import briefing
from plugins.tasks.tests.samples import cost, document, task
from plugins.tasks.widgets import due_today
from portal.catalogue.models import Entry
from portal.host import rules
from portal.notifications.actions import mark_read
from portal.people.models import Person
from portal.testing.adapters import deliver

SCRIPT = "<script>alert(1)</script>"
PAGE = "/app/tasks/"
API = "/api/v1/tasks/"


@pytest.fixture(autouse=True)
def tallinn(settings):
    settings.TIME_ZONE = "Europe/Tallinn"
    with timezone.override("Europe/Tallinn"):
        yield


def request_of(rf, person):
    request = rf.get("/")
    request.user = person
    return request


@pytest.fixture
def tasks(source, at):
    """At noon on Tuesday 24 November."""
    at("2026-11-24 12:00+02:00")
    deliver(
        source,
        document(
            task("letters", title="Sign off discharge letters", due="2026-11-24T14:00:00+02:00"),
            task("fire", title="Book fire-safety refresher", due="2026-11-24", system="learning"),
            task("pump", title="Pump training", due="2026-11-22", url=""),
            task("missed", title="Count blankets", due="2026-11-24T09:00:00+02:00"),
            task("later", title="Rate the repair", due="2026-11-30"),
            task("whenever", title="Read the rules", due=None),
            task("trolley", title="Check crash trolley", state="done", updated="2026-11-23T06:00:00Z"),
        ),
    )


def test_the_widget_has_what_is_late_and_due_in_words_with_its_system_and_a_link_back(tasks, bob, rf):
    html = due_today(request_of(rf, bob))
    assert "2 days late" in html
    assert "late since 09:00" in html
    assert '<span class="due is-warn">14:00</span>' in html
    assert '<span class="due is-warn">today</span>' in html
    assert 'href="https://ehr.merekaar.example/tasks/letters"' in html
    assert ">learning</a></span>" in html
    assert "All tasks, 6 open" in html
    assert "Rate the repair" not in html
    assert "Check crash trolley" not in html
    assert html.index("Pump training") < html.index("Count blankets") < html.index("Sign off")


def test_nothing_is_ticked_here_that_its_system_must_close(tasks, as_bob, bob, rf):
    assert "<input" not in due_today(request_of(rf, bob))
    assert 'type="checkbox"' not in as_bob.get(PAGE).content.decode()
    assert as_bob.post(PAGE).status_code == 405


def test_the_sentence_counts_in_words(tasks, bob, rf):
    assert briefing(request_of(rf, bob)) == [
        '<a href="/app/tasks/">Two tasks</a> are due today.',
        '<a href="/app/tasks/">Two tasks</a> are late.',
    ]


def test_one_task_is_one_task(source, bob, rf):
    deliver(source, document(task("a")))
    assert briefing(request_of(rf, bob)) == ['<a href="/app/tasks/">One task</a> is due today.']


def test_whoever_has_no_task_has_no_widget(tasks, alice, rf):
    assert due_today(request_of(rf, alice)) == ""
    assert briefing(request_of(rf, alice)) == []


def test_the_page_begins_with_how_many_are_open_and_late(tasks, as_bob, source):
    assert "6 open from all your systems. <strong>2 of them are late.</strong>" in as_bob.get(PAGE).content.decode()
    Task.objects.filter(due_at__isnull=False).delete()
    assert "<strong>1 of them is late.</strong>" in as_bob.get(PAGE).content.decode()
    Task.objects.filter(title="Pump training").delete()
    assert "late." not in as_bob.get(PAGE).content.decode()


def test_with_tasks_for_later_only_the_widget_says_that_nothing_is_due(source, bob, rf):
    deliver(source, document(task("a", due="2099-01-01")))
    assert "Nothing is due today." in due_today(request_of(rf, bob))


def test_the_page_sorts_by_when_something_is_due(tasks, as_bob):
    html = as_bob.get(PAGE).content.decode()
    places = [html.index(text) for text in ("Pump training", "Sign off", "Rate the repair", "Check crash trolley")]
    assert places == sorted(places)
    heads = [html.index(f'id="h-{name}"') for name in ("late", "today", "later", "done")]
    assert heads == sorted(heads)


def test_what_was_done_long_ago_is_no_longer_shown(tasks, as_bob, at):
    at("2026-12-08 12:00+02:00")
    assert "Check crash trolley" not in as_bob.get(PAGE).content.decode()


def test_what_its_system_no_longer_lists_is_not_due_and_says_so(tasks, bob, as_bob, rf):
    source = Task.objects.first().source
    deliver(source, document(task("fire", due="2026-11-24")), sent_at=timezone.now() + timedelta(seconds=1))
    assert "Sign off" not in due_today(request_of(rf, bob))
    html = as_bob.get(PAGE).content.decode()
    assert html.index("No longer listed by their system") < html.index("Sign off")


def test_others_find_nothing_of_it(tasks, as_alice, as_charlie):
    for client in (as_alice, as_charlie):
        assert "Sign off" not in client.get(PAGE).content.decode()
        assert "No tasks" in client.get(PAGE).content.decode()
        assert client.get(API).json()["count"] == 0


def test_off_means_refused_and_hidden_and_on_again_means_back(tasks, emergency, bob, as_bob, rf):
    rules.set_rule("tasks", emergency, rules.OFF, acting_person=None)
    assert as_bob.get(PAGE).status_code == 403
    assert as_bob.get(API).status_code == 403
    assert "Sign off" not in as_bob.get("/").content.decode()
    assert due_today(request_of(rf, bob)) == ""
    rules.set_rule("tasks", emergency, rules.INHERIT, acting_person=None)
    assert "Sign off" in as_bob.get(PAGE).content.decode()
    assert "Sign off" in as_bob.get("/").content.decode()


def test_a26_a_script_in_a_task_is_inert_everywhere(source, bob, as_bob, rf):
    deliver(source, document(task("a", title=SCRIPT, system=SCRIPT)))
    html = "".join(as_bob.get(page).content.decode() for page in (PAGE, "/"))
    html += due_today(request_of(rf, bob)) + "".join(briefing(request_of(rf, bob)))
    assert SCRIPT not in html
    assert "&lt;script&gt;" in html


def test_the_api_lists_own_tasks(tasks, bob, as_bob, emergency):
    answer = as_bob.get(API, {"state": "open"}).json()
    assert answer["count"] == 6
    found = {row["title"]: row for row in answer["results"]}
    letters = found["Sign off discharge letters"]
    assert (letters["kind"], letters["type"], letters["plugin"]) == ("automated", "task", "tasks")
    assert letters["department"] == emergency.url_path
    assert letters["link"] == "https://ehr.merekaar.example/tasks/letters"
    assert (letters["due_on"], letters["due_at"]) == ("2026-11-24", "2026-11-24T14:00:00+02:00")
    assert as_bob.get(API, {"state": "done"}).json()["count"] == 1
    refused = as_bob.get(API, {"state": "closed"})
    assert (refused.status_code, "Choose one of: open, done." in refused.content.decode()) == (400, True)
    Person.objects.filter(pk=bob.pk).update(language="de")
    assert "Wähle eines von: open, done." in as_bob.get(API, {"state": "closed"}).json()["errors"]["state"][0]


def test_lists_cost_the_same_however_many_tasks(source, bob, as_bob, rf, settings):
    settings.FOLKMOOT_STAMP_SECONDS = 3600
    request, costs = request_of(rf, bob), []
    for count in (2, 60):
        later = timezone.now() + timedelta(seconds=count)
        deliver(source, document(*[task(f"t{n}") for n in range(count)]), sent_at=later)
        mark_read(acting_person=bob)  # what came to Bob is told, and counting that is no cost of the list
        as_bob.get(PAGE)
        assert cost(lambda: due_today(request)) == 1
        assert cost(lambda: briefing(request)) == 1
        costs.append([cost(lambda url=url: as_bob.get(url)) for url in (PAGE, API)])
    assert costs[0] == costs[1]


def test_export_and_erasure_reach_all_tasks_of_a_person(tasks, bob, alice):
    assert len(privacy.export(bob)["tasks"]) == 7
    assert privacy.export(alice)["tasks"] == []
    assert privacy.erase(bob, acting_person=None) == 7
    assert privacy.export(bob)["tasks"] == []
    assert not Entry.objects.filter(type="task").exclude(title="").exists()
