"""The demo's tasks: what waits for Liis Kask on the start page, and ids that stay."""

import json
from datetime import date, datetime

import pytest

from plugins.tasks.demo.feed import moment, write

TODAY = date(2026, 11, 24)


@pytest.fixture
def items(tmp_path):
    (path,) = write(tmp_path, TODAY)
    return json.loads(path.read_text(encoding="utf-8"))["items"]


def test_two_tasks_of_nine_are_due_today_for_liis(items):
    hers = [item for item in items if item["assignee"] == "liis.kask@merekaar.example"]
    today = [item["title"] for item in hers if item["due"].startswith("2026-11-24") and item["state"] == "open"]
    assert len(hers) == 9
    assert today == ["Sign off discharge letters (3)", "Book fire-safety refresher"]


def test_tasks_of_four_systems_have_ids_of_their_own(items):
    assert len(items) >= 120
    assert len({item["id"] for item in items}) == len(items)
    assert {item["system"] for item in items} == {"ehr", "learning", "checklists", "facilities"}


def test_times_carry_their_zone(items):
    assert all(datetime.fromisoformat(item[field]).tzinfo for item in items for field in ("due", "updated"))
    assert moment("fri 23:00", TODAY) == "2026-11-27T23:00:00+02:00"


def test_an_id_is_the_same_on_another_day(items, tmp_path):
    (path,) = write(tmp_path, date(2026, 12, 3))
    later = json.loads(path.read_text(encoding="utf-8"))["items"]
    assert [item["id"] for item in later] == [item["id"] for item in items]
