"""The list of sources, and one of them: how each is doing, in words, with the same queries for many."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from portal.audience.expressions import EVERYONE
from portal.host import rules
from portal.ingestion import actions
from portal.ingestion.console import deliveries, history, rejected
from portal.ingestion.console.states import counts_in_words, next_runs, state_of
from portal.ingestion.models import Source
from portal.testing.adapters import deliver, make_source
from tests.portal.ingestion.console.conftest import BAD, GOOD, HEAD, text

LIST = "/admin/sources/"


def page(slug, name=""):
    return f"{LIST}source/{slug}/{name}"


def queries(client, address):
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    # Whether anybody changed a rule is asked once a second, whatever is shown.
    return len([query for query in captured if "audience_stamp" not in query["sql"]])


def test_without_sources_it_says_what_a_source_is_and_how_to_begin(as_ida):
    html = text(as_ida.get(LIST))
    assert "another application that brings its content here" in html
    assert "Add the first source" in html


def test_the_list_tells_the_last_run_and_what_needs_somebody(tasks, as_ida):
    deliver(tasks, HEAD + GOOD + BAD)
    html = text(as_ida.get(LIST))
    assert "1 new, 1 rejected" in html
    assert "1 item rejected" in html
    assert "fresh" in html
    assert "Tasks from CSV" in html


def test_each_state_has_words(tasks, emergency):
    def words():
        return state_of(Source.objects.select_related("department").get(pk=tasks.pk)).words

    def has(**fields):
        Source.objects.filter(pk=tasks.pk).update(**fields)

    assert words() == "nothing yet"
    has(last_success_at=timezone.now())
    assert words() == "fresh"
    has(last_success_at=timezone.now() - timedelta(hours=2), stale_after=60)
    assert words() == "late"
    has(last_error="401")
    assert words() == "failing"
    rules.set_rule("tasks", emergency, rules.OFF, acting_person=None)
    assert words() == "plugin off here"
    has(paused=True)
    assert words() == "paused"
    has(adapter="gone.csv")
    assert words() == "no plugin"


def test_a_held_delivery_is_a_state_of_its_own(tasks):
    tasks.last_success_at = timezone.now()
    assert state_of(tasks, held=1).words == "held"


def test_the_list_is_searched_and_narrowed_to_what_needs_somebody(tasks, emergency, as_ida):
    for number in range(9):
        make_source("tasks.csv", slug=f"quiet-{number}", name=f"Quiet {number}", department=emergency)
    deliver(tasks, HEAD + BAD)
    html = text(as_ida.get(f"{LIST}?q=quiet+3"))
    assert "Quiet 3" in html
    assert "Quiet 4" not in html
    html = text(as_ida.get(f"{LIST}?show=trouble"))
    assert "the task list" in html
    assert "Quiet" not in html
    assert "No source is like this" in text(as_ida.get(f"{LIST}?q=%00nowhere"))


@pytest.mark.parametrize("address", [LIST])
def test_the_list_asks_the_same_for_2_and_for_40(address, tasks, emergency, as_ida):
    make_source("tasks.csv", department=emergency)
    deliver(tasks, HEAD + GOOD + BAD)
    queries(as_ida, address)
    few = queries(as_ida, address)
    for _number in range(38):
        deliver(make_source("tasks.csv", department=emergency), HEAD + GOOD + BAD)
    queries(as_ida, address)
    assert queries(as_ida, address) == few


@pytest.mark.parametrize("name", ["history/", "deliveries/", "rejected/", ""])
def test_the_pages_of_a_source_ask_the_same_for_2_runs_and_for_20(name, tasks, as_ida, moment):
    deliver(tasks, HEAD + GOOD + BAD, sent_at=moment(1))
    deliver(tasks, HEAD + GOOD + BAD + b"3;x;bob;never\n", sent_at=moment(2))
    queries(as_ida, page("todo", name))
    few = queries(as_ida, page("todo", name))
    for number in range(3, 21):
        deliver(tasks, HEAD + GOOD + BAD + b"%d;x;bob;no %d\n" % (number, number), sent_at=moment(number))
    assert queries(as_ida, page("todo", name)) == few


@pytest.mark.parametrize(
    ("name", "size"),
    [("history/", history.PAGE), ("deliveries/", deliveries.PAGE), ("rejected/?show=all", rejected.PAGE)],
)
def test_the_second_page_asks_the_same_as_the_first_and_keeps_what_was_asked(name, size, tasks, as_ida, moment):
    for number in range(size + 2):
        deliver(tasks, HEAD + b"%d;x;bob;no\n" % number, sent_at=moment(number))
    address, and_page = page("todo", name), "&page=2" if "?" in name else "?page=2"
    queries(as_ida, address)
    # Fetches that brought nothing stand on the first page of the history alone.
    assert queries(as_ida, address + and_page) == queries(as_ida, address) - (name == "history/")
    kept = "?show=all&amp;page=1" if "?" in name else "?page=1"
    assert f'href="{kept}" rel="prev"' in text(as_ida.get(address + and_page))


def test_the_history_tells_trigger_counts_and_first_errors_in_pages(tasks, as_ida, moment):
    for number in range(27):
        deliver(tasks, HEAD + GOOD + BAD + b"%d;x;bob;no\n" % number, sent_at=moment(number))
    html = text(as_ida.get(page("todo", "history/")))
    assert "by a delivery" in html
    assert "1 unchanged, 2 rejected" in html
    assert "row 3" in html
    assert 'aria-label="Pages of runs"' in html
    assert 'href="?page=2" rel="next"' in html
    assert len(re.findall(r"deliveries/[0-9a-f-]{36}/", text(as_ida.get(page("todo", "history/?page=2"))))) == 2


def test_the_overview_tells_who_it_is_for_and_when_it_comes_next(tasks, as_ida):
    actions.update_source(tasks, pull_from="lab/list.csv", schedule="0 6 * * *", token="geheim-42", acting_person=None)
    html = text(as_ida.get(page("todo")))
    assert html.count("6 a.m.") == 3
    assert "Emergency" in html
    assert "geheim" not in html
    assert "http://testserver/ingest/todo/" in html


def test_next_runs_of_what_is_no_schedule_are_none():
    assert next_runs("every day") == []
    assert len(next_runs("*/5 * * * *")) == 3


def test_counts_name_only_what_there_was():
    assert counts_in_words({"read": 3, "new": 1, "missing": 2}) == "1 new, 2 missing"
    assert counts_in_words({}) == "nothing"


def test_the_overview_says_whom_items_are_for_in_truth(tasks, as_ida):
    actions.update_source(tasks, audience=EVERYONE, acting_person=None)
    html = text(as_ida.get("/admin/sources/source/todo/"))
    assert "<dt>Who its items are for</dt><dd>The people of the item" in html  # as its adapter has it
    actions.update_source(tasks, audience_roles=["source", "heads"], acting_person=None)
    html = text(as_ida.get("/admin/sources/source/todo/"))
    assert "<dt>Who its items are for</dt><dd>everyone; The heads of the item" in html
