"""Rosters from tables and JSON."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime, timedelta

import pytest

from plugins.rosters.models import Shift
from portal.ingestion import adapters
from portal.ingestion.adapter import Rejection
from portal.testing.adapters import NEWCOMER, AdapterContract, deliver, make_source
from tests.portal.ingestion.formats.things import sheet

HEADER = ["id", "title", "start", "end", "email"]
TODAY = f"{datetime.now(UTC):%Y-%m-%d}"


def rows(*names: str, end: str = "15:30", who: str = "bob@merekaar.example") -> list[list[str]]:
    return [[name, "Day shift", f"{TODAY} 07:00", end, who] for name in names]


def table(*rows_: list[str], header: list[str] = HEADER) -> bytes:
    return "".join(",".join(row) + "\n" for row in (header, *rows_)).encode()


def document(*rows_: list[str]) -> bytes:
    return json.dumps({"items": [dict(zip(HEADER, row, strict=True)) for row in rows_]}).encode()


class TestCsv(AdapterContract):
    adapter = "rosters.csv"
    valid = table(*rows("a", "b"))
    one_less = table(*rows("a"))
    one_malformed = table(*rows("a", "b"), *rows("c", end="late"))
    broken = b"<html>503 Service Unavailable</html>"
    for_newcomer = table(*rows("a"), *rows("n", who=NEWCOMER))


class TestXlsx(AdapterContract):
    adapter = "rosters.xlsx"
    valid = sheet(HEADER, *rows("a", "b"))
    one_less = sheet(HEADER, *rows("a"))
    one_malformed = sheet(HEADER, *rows("a", "b"), *rows("c", end="late"))
    broken = b"PK\x03\x04 and no more"
    for_newcomer = sheet(HEADER, *rows("a"), *rows("n", who=NEWCOMER))


class TestJson(AdapterContract):
    adapter = "rosters.json"
    valid = document(*rows("a", "b"))
    one_less = document(*rows("a"))
    one_malformed = document(*rows("a", "b"), *rows("c", end="late"))
    broken = b'{"items": [{'
    for_newcomer = document(*rows("a"), *rows("n", who=NEWCOMER))


@pytest.fixture
def tables(emergency):
    return make_source("rosters.csv", department=emergency, settings={"time_zone": "Europe/Tallinn"})


def read(body: bytes, source):
    return list(adapters.get("rosters.csv").read(io.BytesIO(body), source))


def test_a_day_with_clocks_is_a_shift_and_a_night_ends_on_the_next_day(tables):
    header = ["id", "date", "start", "end"]
    body = table(["d", "2026-11-24", "7:00", "15:30"], ["n", "2026-10-24", "21:00", "07:00"],
                 ["m", "2026-11-24", "16:00", "24:00"], ["w", "2026-11-24", "", ""], header=header)  # fmt: skip
    day, night, midnight, whole = read(body, tables)
    assert (day.starts_at, day.kind) == (datetime(2026, 11, 24, 5, tzinfo=UTC), "day")
    # The clocks go back in this night: it is an hour longer.
    assert (night.ends_at - night.starts_at, night.kind) == (timedelta(hours=11), "night")
    assert (midnight.ends_at - midnight.starts_at, midnight.kind) == (timedelta(hours=8), "late")
    assert (whole.all_day, whole.kind, whole.starts_at) == (True, "other", datetime(2026, 11, 23, 22, tzinfo=UTC))
    assert {item.time_zone for item in (day, night, midnight, whole)} == {"Europe/Tallinn"}


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (["a", "", "7:00", "15:30"], "date is empty; give a day, or a start with the day in it"),
        (["a", "2026-11-24", "7:00", ""], "end is empty"),
        (["a", "2026-11-24", "7:00", "late"], "end 'late' is neither a time of ISO 8601"),
        (["a", "", "2026-11-24 07:00", "2026-11-24 06:00"], "it ends before it begins, or at once"),
        (["", "2026-11-24", "7:00", "15:30"], "id is empty"),
    ],
)
def test_a_shift_that_cannot_be_used_says_why(row, reason, tables):
    [rejection] = read(table(row, header=["id", "date", "start", "end"]), tables)
    assert isinstance(rejection, Rejection)
    assert reason in rejection.reason


def test_who_works_and_what_is_cancelled_is_told(tables, bob, at):
    at("2026-11-23 12:00+02:00")
    header = ["id", "date", "start", "end", "email", "name", "status", "kind"]
    body = table(["a", "2026-11-24", "7:00", "15:30", "Bob@merekaar.example", "", "", "Late"],
                 ["b", "2026-11-24", "7:00", "15:30", "", "Liis", "Cancelled", ""], header=header)  # fmt: skip
    deliver(tables, body)
    first, second = Shift.objects.order_by("external_id")
    assert (first.person, first.kind, first.cancelled) == (bob, "late", False)
    assert (second.who, second.cancelled) == ("Liis", True)


def test_what_ended_long_ago_is_not_called_missing(tables, at):
    now = at("2026-11-23 12:00+02:00")
    header = ["id", "date", "start", "end"]
    old, new, kept = (["old", "2026-10-01", "7:00", "15:30"], ["new", "2026-11-25", "7:00", "15:30"],
                      ["kept", "2026-11-26", "7:00", "15:30"])  # fmt: skip
    deliver(tables, table(old, new, kept, header=header), sent_at=now)
    deliver(tables, table(kept, header=header), sent_at=now + timedelta(minutes=1))
    assert list(Shift.objects.exclude(missing_since=None).values_list("external_id", flat=True)) == ["new"]
