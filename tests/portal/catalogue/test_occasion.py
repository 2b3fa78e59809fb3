"""When something takes place or is due: in the reader's language, on the reader's clocks, whatever was delivered."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from unittest.mock import patch
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone, translation

from portal.catalogue.occasion import occasion_of

NOON = dt.datetime(2026, 11, 24, 10, 0, tzinfo=dt.UTC)  # a Tuesday, 12:00 in Tallinn


@pytest.fixture(autouse=True)
def _read_in_tallinn() -> Iterator[None]:
    with (
        timezone.override(ZoneInfo("Europe/Tallinn")),
        patch("django.utils.timezone.now", return_value=NOON),
        translation.override("en"),
    ):
        yield


def shift(starts: str, ends: str = "", zone: str = "") -> dict[str, object]:
    return {"starts_at": starts, "ends_at": ends or None, "time_zone": zone}


@pytest.mark.parametrize(
    ("facets", "words", "short"),
    [
        (
            shift("2026-12-06T21:00:00+02:00", "2026-12-07T07:00:00+02:00"),
            "Sunday 6 December, 21:00 to 7:00",
            "6 December, 21:00",
        ),
        (shift("2026-11-24T21:00:00+02:00"), "today, 21:00", "today, 21:00"),
        (shift("2027-01-02T09:05:00+02:00"), "Saturday 2 January 2027, 9:05", "2 January 2027, 9:05"),
        (
            shift("2026-11-25T20:00:00+02:00", "2026-11-27T08:00:00+02:00"),
            "tomorrow, 20:00 to Friday 27 November, 8:00",
            "tomorrow, 20:00",
        ),
        (
            shift("2026-12-06T21:00:00+01:00", "2026-12-07T07:00:00+01:00", "Europe/Stockholm"),
            "Sunday 6 December, 22:00 to 8:00 (21:00 in Stockholm)",
            "6 December, 22:00",
        ),
        (
            shift("2026-12-06T19:00:00Z", "2026-12-07T05:00:00Z", "Europe/Helsinki"),
            "Sunday 6 December, 21:00 to 7:00",
            "6 December, 21:00",
        ),
        (shift("2026-12-06", "2026-12-06", "Europe/Stockholm"), "Sunday 6 December", "6 December"),
        (shift("2026-12-06", "2026-12-08"), "Sunday 6 December to Tuesday 8 December", "6 December"),
        (shift("2026-12-06", "2026-12-08T10:00:00Z"), "Sunday 6 December", "6 December"),
        ({"due": "2026-11-25"}, "Due tomorrow", "Due tomorrow"),
        ({"due": "2026-12-03T10:00:00Z", "done": False}, "Due 3 December", "Due 3 December"),
    ],
)
def test_it_is_told_as_a_person_would(facets: dict[str, object], words: str, short: str) -> None:
    occasion = occasion_of(facets)
    assert occasion is not None
    assert (str(occasion), occasion.short) == (words, short)


def test_it_follows_the_readers_language_and_clocks() -> None:
    occasion = occasion_of(shift("2026-12-06T23:30:00+02:00", "2026-12-07T07:00:00+02:00"))
    assert occasion is not None
    with translation.override("de"), timezone.override(ZoneInfo("Europe/Berlin")):
        assert str(occasion).startswith("Sonntag 6. Dezember, 22:30")
        assert occasion.iso == "2026-12-06T22:30:00+01:00"
    with timezone.override(ZoneInfo("Asia/Tokyo")):
        assert str(occasion).startswith("Monday 7 December, 6:30")


@pytest.mark.parametrize(
    "facets",
    [
        {},
        {"starts_at": "soon"},
        {"starts_at": 7, "ends_at": []},
        {"starts_at": "2026-13-45"},
        {"due": None},
        {"due": "2026-11-25", "done": True},
    ],
)
def test_what_has_no_time_of_its_own_is_no_occasion(facets: dict[str, object]) -> None:
    assert occasion_of(facets) is None


@pytest.mark.parametrize("zone", ["Nowhere/At all", "../../etc/passwd", "", "\0", 7, None])
def test_clocks_that_nobody_knows_are_the_readers(zone: object) -> None:
    occasion = occasion_of({"starts_at": "2026-12-06T21:00:00+02:00", "time_zone": zone})
    assert str(occasion) == "Sunday 6 December, 21:00"
