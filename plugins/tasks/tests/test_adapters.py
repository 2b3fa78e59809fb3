"""Tasks from JSON: the shared contract, the format, and what cannot be used."""

from __future__ import annotations

import io
import json
from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import timezone

from plugins.tasks.models import Task
from plugins.tasks.tests.samples import cost, document, task
from portal.catalogue.models import Entry
from portal.ingestion import adapters
from portal.ingestion.adapter import Rejection, UnreadablePayload
from portal.testing.adapters import NEWCOMER, AdapterContract, deliver, make_source
from tests import factories


class TestContract(AdapterContract):
    adapter = "tasks.json"
    valid = document(task("a"), task("b"))
    one_less = document(task("a"))
    one_malformed = document(task("a"), task("b"), task("c", assignee="nobody@merekaar.example"))
    broken = b'{"items": [{"id": 1'
    for_newcomer = document(task("a"), task("n", assignee=NEWCOMER))

    @pytest.fixture(autouse=True)
    def _bob(self, db):
        factories.person("bob", email="bob@merekaar.example")


def read(body: bytes, source):
    return list(adapters.get("tasks.json").read(io.BytesIO(body), source))


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("text", "it is not an object"),
        ({"title": "x"}, "id is empty"),
        ({"id": True}, "id is not a text"),
        (task("a", title=""), "title is empty"),
        (task("a", title="x" * 301), "title: At most 300 characters."),
        (task("a", title=["x"]), "title is not a text"),
        (task("a", title="a\x00b"), "title holds a NUL character"),
        (task("a", assignee=None), "it has no assignee, so nobody would see it"),
        (task("a", assignee="eve@x.example"), "assignee 'eve@x.example' is nobody's address or user name here"),
        (task("a", due="soon"), "due 'soon' is neither a day nor a time of ISO 8601"),
        (task("a", due="0026-02-03"), "due '0026-02-03' is neither a day nor a time of ISO 8601"),
        (task("a", due="2026-02-31"), "due '2026-02-31' is neither a day nor a time of ISO 8601"),
        (task("a", updated="0001-01-01T00:00:00Z"), "updated '0001-01-01T00:00:00Z' is neither a time of ISO 8601"),
    ],
)
def test_a_task_that_cannot_be_used_says_why_and_the_rest_goes_in(row, reason, source):
    rejection, item = read(document(row, task("good")), source)
    assert isinstance(rejection, Rejection)
    assert rejection.position == "item 1"
    assert reason in rejection.reason
    assert item.external_id == "good"


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)", "JavaScript:alert(1)", " data:text/html,x", "//evil.example/", "/relative",
        "ftp://x.example/",
        "https://", "http://[", "https://good.example@evil.example/", "https://x.example/\\@evil",
        "https://x.example/a b",
    ],
)  # fmt: skip
def test_a27_only_plain_web_addresses_are_linked(url, source):
    [rejection] = read(document(task("a", url=url)), source)
    assert "is not a plain http or https address" in rejection.reason


def test_an_address_is_not_needed(source):
    [item] = read(document(task("a", url=None)), source)
    assert item.url == ""


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "not whole JSON"),
        (b"\xff\xfe", "not whole JSON"),
        (document(task("a"))[:-5], "not whole JSON"),
        (b"[" * 100_000, "nested more than 5000 deep"),
        (b'{"a": "' + b"[" * 100_000, "not whole JSON"),
        (b"[]", "There is no list at items"),
        (b'{"items": {}}', "is not a list"),
        (b'{"data": []}', "There is no list at items"),
    ],
)
def test_half_a_document_and_other_shapes_are_refused_as_a_whole(body, said, source):
    with pytest.raises(UnreadablePayload, match=said):
        read(body, source)


def test_the_list_may_lie_deeper_or_be_all_there_is(emergency, bob):
    deep = make_source("tasks.json", department=emergency, settings={"items_path": "data.tasks"})
    flat = make_source("tasks.json", department=emergency, settings={"items_path": ""})
    assert len(read(json.dumps({"data": {"tasks": [task("a")]}}).encode(), deep)) == 1
    assert len(read(json.dumps([task("a"), task("b")]).encode(), flat)) == 2


def test_dates_and_times_states_and_priorities_are_understood(source, settings):
    settings.TIME_ZONE = "Europe/Tallinn"
    day, moment, naive, other = read(
        document(
            task("a", due="2026-11-24", state="Closed", priority="URGENT"),
            task("b", due="2026-11-24T23:30:00Z", state="in progress"),
            task("c", due="2026-11-24 14:00", id=7),
            task("d", due=None, state=None, priority=3, updated=None),
        ),
        source,
    )
    assert (day.due_on, day.due_at, day.state, day.priority) == (date(2026, 11, 24), None, "done", "high")
    assert (moment.due_on, moment.due_at) == (date(2026, 11, 25), datetime(2026, 11, 24, 23, 30, tzinfo=UTC))
    assert moment.state == "open"
    assert naive.due_at == datetime(2026, 11, 24, 12, tzinfo=UTC)
    assert naive.external_id == "7"
    assert (other.due_on, other.state, other.priority) == (None, "open", "normal")


def test_half_a_character_is_replaced(source):
    body = document(task("a")).replace(b"Task a", b"Task \\ud83d")
    deliver(source, body)
    assert Task.objects.get().title == "Task ?"


def test_assignees_are_found_by_address_or_user_name_whatever_the_letters(source, bob):
    deliver(source, document(task("a", assignee="BOB@Merekaar.example"), task("b", assignee="Bob")))
    assert [one.assignee for one in Task.objects.all()] == [bob, bob]


def test_who_has_left_is_nobody(source, bob):
    bob.is_active = False
    bob.save()
    [rejection] = read(document(task("a")), source)
    assert "is nobody's address" in rejection.reason


def test_a_task_is_seen_by_its_assignee_only(source, alice, bob, charlie):
    deliver(source, document(task("a")))
    entry = Entry.objects.get(type="task")
    assert (entry.kind, entry.plugin, entry.department) == ("automated", "tasks", source.department)
    assert [Entry.objects.visible_to(p).filter(type="task").count() for p in (bob, alice, charlie)] == [1, 0, 0]


def test_a_task_given_to_somebody_else_is_gone_for_the_first(source, bob, charlie):
    deliver(source, document(task("a")))
    deliver(source, document(task("a", assignee="charlie")), sent_at=timezone.now() + timedelta(seconds=1))
    assert Task.objects.of(bob).count() == 0
    assert Task.objects.of(charlie).count() == 1


def test_an_older_state_of_a_task_changes_nothing(source):
    deliver(source, document(task("a", state="done", updated="2026-11-02T06:00:00Z")))
    later = timezone.now() + timedelta(seconds=1)
    deliver(source, document(task("a", state="open", updated="2026-11-01T06:00:00Z")), sent_at=later)
    assert Task.objects.get().state == "done"


def test_what_is_no_longer_listed_stays_for_a_while_and_says_so(source):
    deliver(source, document(task("a"), task("b")))
    deliver(source, document(task("a")), sent_at=timezone.now() + timedelta(seconds=1))
    gone = Task.objects.get(external_id="b")
    entry = Entry.objects.get(key=str(gone.pk), type="task")
    assert entry.facets["state_text"] == "No longer listed by its system"
    assert entry.visible_until > timezone.now() + timedelta(days=13)


def test_another_home_moves_the_tasks_and_not_their_readers(source, laboratory, bob):
    from portal.ingestion.actions import update_source

    deliver(source, document(task("a")))
    update_source(source, acting_person=None, department=laboratory)
    assert Entry.objects.get(type="task").department == laboratory
    assert Task.objects.of(bob).count() == 1


def test_the_number_of_queries_does_not_grow_with_the_tasks(source):
    costs = []
    for count in (2, 100):
        items = read(document(*[task(f"t{n}") for n in range(count)]), source)
        costs.append(cost(lambda items=items: adapters.get("tasks.json").apply(source, items)))
    assert costs[1] <= costs[0] + 8  # SQLite takes fewer rows a statement than there are
