"""Rejected items are mended by hand: each goes in once, as an item of its delivery, and newer deliveries win."""

from __future__ import annotations

import json

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from wagtail.models import ModelLogEntry

from plugins.tasks.models import Task
from portal.ingestion import actions, adapters, runner
from portal.ingestion.fixing import fix_rejected, retry_rejected, why_not
from portal.ingestion.lease import lease_on
from portal.ingestion.models import Delivery, Record, RejectedItem
from portal.testing.adapters import deliver, make_source

HEAD = b"id;title;assignee;due\n"
GOOD = b"1;Water the plants;bob;2026-12-01\n"
BAD = b"2;Count the beds;bob;soon\n"
MENDED = "2,Count the beds,bob,2026-12-02"


@pytest.fixture
def tasks(emergency, bob):
    return make_source("tasks.csv", slug="todo", department=emergency, settings={"delimiter": ";"})


def rejected():
    return RejectedItem.objects.select_related("source").get(state="open")


def titles():
    return dict(Task.objects.filter(missing_since=None).values_list("external_id", "title"))


def mend(raw=MENDED, person=None):
    return fix_rejected(rejected(), raw, acting_person=person)


def test_a_mended_row_goes_in_as_an_item_of_its_delivery(tasks, ida, moment):
    run = deliver(tasks, HEAD + GOOD + BAD, sent_at=moment(1))
    assert rejected().raw == "2,Count the beds,bob,soon"
    assert "went in" in mend(person=ida)
    assert titles() == {"1": "Water the plants", "2": "Count the beds"}
    assert Record.objects.get(external_id="2").delivered_at == run.delivery.sent_at
    assert RejectedItem.objects.get().state == "fixed"
    assert ModelLogEntry.objects.filter(action="folkmoot.source.run", user=ida, data__external_id="2").exists()


def test_it_goes_in_exactly_once(tasks):
    deliver(tasks, HEAD + GOOD + BAD)
    item = rejected()
    fix_rejected(item, MENDED, acting_person=None)
    with pytest.raises(ValidationError, match="settled"):
        fix_rejected(item, MENDED.replace("beds", "chairs"), acting_person=None)
    assert titles()["2"] == "Count the beds"


def test_its_delivery_read_again_leaves_it_as_it_was_mended(tasks):
    run = deliver(tasks, HEAD + GOOD + BAD)
    mend()
    Delivery.objects.update(state="waiting")
    runner.run(run.delivery)
    assert titles() == {"1": "Water the plants", "2": "Count the beds"}
    assert list(RejectedItem.objects.values_list("state", flat=True)) == ["fixed"]


def test_a_new_delivery_with_the_same_slip_is_refused_again_and_takes_nothing_away(tasks):
    deliver(tasks, HEAD + GOOD + BAD)
    mend()
    deliver(tasks, HEAD + GOOD + BAD)
    assert titles()["2"] == "Count the beds"
    assert RejectedItem.objects.filter(state="open").count() == 1


def test_a_newer_delivery_wins(tasks, moment):
    deliver(tasks, HEAD + GOOD + BAD, sent_at=moment(1))
    stale = rejected()
    deliver(tasks, HEAD + GOOD + BAD.replace(b"soon", b"2026-12-24").replace(b"Count", b"Paint"), sent_at=moment(2))
    RejectedItem.objects.update(state="open")
    with pytest.raises(ValidationError, match="newer delivery"):
        fix_rejected(stale, MENDED, acting_person=None)
    assert titles()["2"] == "Paint the beds"


def test_of_a_source_that_sends_changes_only_a_newer_item_is_left_as_it_is(tasks, moment, monkeypatch):
    monkeypatch.setattr(adapters.get("tasks.csv"), "complete", False, raising=False)
    deliver(tasks, HEAD + BAD, sent_at=moment(1))
    deliver(tasks, HEAD + BAD.replace(b"soon", b"2026-12-24"), sent_at=moment(2))
    RejectedItem.objects.update(state="open")  # as somebody sees it who opened the page before
    assert "newer delivery" in mend()
    assert tasks.runs.first().counts["older"] == 1
    assert str(Task.objects.get().due_on) == "2026-12-24"


def test_a_format_of_its_own_says_that_its_rows_cannot_be_mended(source):
    deliver(source, b"a;bad\n")
    assert "mend it at the source" in why_not(rejected())
    with pytest.raises(ValidationError, match="mend it at the source"):
        mend("a;good")


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ("2,Count the beds,bob,later", "later"),
        ("2,Count the beds,bob", "3 cells"),
        ("2,,bob,2026-12-02", "title is empty"),
        (f"{MENDED}\n{MENDED}", "there are 2"),
        ("", "there are 0"),
        ('2,"Count', "not a row of CSV"),
        ("x" * 20_000, "1 cells"),
    ],
)
def test_what_is_still_wrong_is_told_and_changes_nothing(tasks, raw, words):
    deliver(tasks, HEAD + GOOD + BAD)
    with pytest.raises(ValidationError, match=words):
        mend(raw)
    assert titles() == {"1": "Water the plants"}
    assert rejected().raw == "2,Count the beds,bob,soon"
    assert tasks.runs.count() == 1


def test_a_row_is_read_under_the_head_of_its_file_and_with_the_settings_of_its_source(emergency, bob):
    settings = {
        "delimiter": "\t", "quote": "", "header_row": 3, "skip_rows": 1, "encoding": "windows-1252", "locale": "de",
        "columns": {"title": "Aufgabe für", "due": 4},
    }  # fmt: skip
    source = make_source("tasks.csv", department=emergency, settings=settings)
    file = 'Liste\n\nid\tAufgabe für\tassignee\tbis\n-\t-\t-\tTag\n7\t5" Rohr\tbob\tbald\n'
    deliver(source, file.encode("windows-1252"))
    assert rejected().raw == '7,"5"" Rohr",bob,bald'
    mend('7,"5"" Rohr",bob,24.12.2026')
    assert titles() == {"7": '5" Rohr'}
    assert str(Task.objects.get().due_on) == "2026-12-24"


def test_an_object_of_json_is_mended_where_it_stood(emergency, bob):
    source = make_source("tasks.json", department=emergency, settings={"items_path": "data.tasks"})
    bad = {"id": "A-1", "title": "Sweep", "assignee": "bob", "due": "soon"}
    deliver(source, json.dumps({"data": {"tasks": [bad]}}).encode())
    with pytest.raises(ValidationError, match="not JSON"):
        mend("{")
    with pytest.raises(ValidationError, match="not an object"):
        mend("[]")
    mend(json.dumps(bad | {"due": "2026-12-24"}))
    assert titles() == {"A-1": "Sweep"}


def test_what_cannot_be_mended_is_told_why(source, emergency, tasks):
    deliver(source, b"a;poison\n")
    assert "not be stored" in why_not(rejected())
    RejectedItem.objects.all().delete()
    deliver(tasks, HEAD + BAD)
    item = rejected()
    mend()
    item.refresh_from_db()
    assert "settled: mended by hand" in why_not(item)


def test_nothing_is_mended_while_the_source_is_read_or_paused_or_by_others(tasks, alice):
    deliver(tasks, HEAD + GOOD + BAD)
    with lease_on(tasks), pytest.raises(ValidationError, match="right now"):
        mend()
    with pytest.raises(PermissionDenied):
        mend(person=alice)
    actions.pause_source(tasks, acting_person=None)
    with pytest.raises(ValidationError, match="paused"):
        mend()
    assert titles() == {"1": "Water the plants"}


def test_chosen_items_are_tried_again_with_what_they_came_with(tasks, alice):
    run = deliver(tasks, HEAD + GOOD + BAD)
    with pytest.raises(PermissionDenied):
        retry_rejected(RejectedItem.objects.all(), source=tasks, acting_person=alice)
    assert retry_rejected(RejectedItem.objects.all(), source=tasks, acting_person=None) == 1
    run.delivery.refresh_from_db()
    assert run.delivery.state == "waiting"
    assert retry_rejected(RejectedItem.objects.none(), source=tasks, acting_person=None) == 0
