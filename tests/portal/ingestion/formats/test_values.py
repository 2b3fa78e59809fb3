"""What cells mean: numbers, days and times as places write them."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from decimal import Decimal

import pytest
from babel.dates import format_date
from babel.numbers import format_decimal
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from portal.ingestion.formats.settings import ValueSettings
from portal.ingestion.formats.values import RowError, Values

LANGUAGES = ("en", "en-GB", "et", "sv", "nl", "de", "de-CH", "fr", "hi")


def values(**settings) -> Values:
    return Values(ValueSettings(**settings))


@pytest.mark.parametrize(
    ("how", "text", "number"),
    [
        ({}, "1234.5", "1234.5"),
        ({}, "-7", "-7"),
        ({}, "+7", "7"),
        ({}, "\u22127", "-7"),
        ({}, "1 234.50", "1234.50"),
        ({}, "1\u00a0234\u00a0567", "1234567"),
        ({"thousands": ","}, "1,234,567.8", "1234567.8"),
        ({"thousands": ","}, "12,34,567", "1234567"),
        ({"thousands": "'"}, "1'234.5", "1234.5"),
        ({"decimal_comma": True}, "1.234,5", "1234.5"),
        ({"decimal_comma": True}, "1234,5", "1234.5"),
        ({"decimal_comma": True}, "1.234", "1234"),
        ({"locale": "de"}, "1.234,5", "1234.5"),
        ({"locale": "de-CH"}, "1’234.5", "1234.5"),
        ({"locale": "et"}, "1 234,5", "1234.5"),
        ({"locale": "en"}, "1,234.5", "1234.5"),
        ({"locale": "de", "decimal_comma": False}, "1234.5", "1234.5"),
    ],
)
def test_numbers_are_read_as_the_place_writes_them(how, text, number):
    assert values(**how).number("n", text) == Decimal(number)


@pytest.mark.parametrize(
    ("how", "text"),
    [
        ({}, "1,5"),  # a decimal comma where none is usual: 15 would be a lie
        ({}, "1,234"),
        ({}, "1 5"),
        ({}, "12 34"),
        ({"decimal_comma": True}, "1.5"),
        ({"decimal_comma": True}, "1.2345"),
        ({"decimal_comma": True}, "1.234.5"),
        ({"thousands": ","}, "1,5"),
        ({"thousands": ","}, "1,234,5"),
        ({"locale": "de"}, "1,234.5"),
        ({}, "n/a"),
        ({}, "NaN"),
        ({}, "Infinity"),
        ({}, "1e3"),
        ({}, "٣"),
        ({}, "#DIV/0!"),
        ({}, "=1+1"),
        ({}, "--1"),
        ({}, True),
        ({}, float("nan")),
        ({}, date(2026, 11, 24)),
        ({}, [1]),
    ],
)
def test_what_is_no_number_there_is_refused_and_never_guessed(how, text):
    with pytest.raises(RowError, match=r"^n '.*' is not a number$"):
        values(**how).number("n", text)


@given(st.decimals(min_value=-(10**12), max_value=10**12, places=3), st.sampled_from(LANGUAGES))
def test_numbers_written_by_cldr_are_read_back(number, language):
    text = format_decimal(number, format="#,##0.###", locale=language.replace("-", "_"))
    if language != "hi":  # its groups are those of India, the pattern is not
        assert values(locale=language).number("n", text) == number


@given(st.dates(date(1970, 1, 1), date(2060, 12, 31)), st.sampled_from(LANGUAGES[:-1]),
       st.sampled_from(["short", "medium", "long"]))  # fmt: skip
def test_days_written_by_cldr_are_read_back(day, language, length):
    text = format_date(day, format=length, locale=language.replace("-", "_"))
    assert values(locale=language).day("d", text).timetuple()[:3][1:] == day.timetuple()[:3][1:]
    if length != "short":  # which may have the year in two digits
        assert values(locale=language).day("d", text) == day


@pytest.mark.parametrize(
    ("how", "text", "day"),
    [
        ({}, "2026-11-24", date(2026, 11, 24)),
        ({"date_format": "%d.%m.%Y"}, "24.11.2026", date(2026, 11, 24)),
        ({"date_format": "%d.%m.%Y | %Y%m%d"}, "20261124", date(2026, 11, 24)),
        ({"locale": "et"}, "24.11.2026", date(2026, 11, 24)),
        ({"locale": "et"}, "24. märts 2026", date(2026, 3, 24)),
        ({"locale": "de"}, "3. März 2026", date(2026, 3, 3)),
        ({"locale": "de"}, "24.11.26", date(2026, 11, 24)),
        ({"locale": "sv"}, "24 maj 2026", date(2026, 5, 24)),
        ({"locale": "nl"}, "24 mrt 2026", date(2026, 3, 24)),
        ({"locale": "en"}, "11/24/2026", date(2026, 11, 24)),
        ({"locale": "en-GB"}, "24/11/2026", date(2026, 11, 24)),
        ({"locale": "en"}, "Nov 24, 2026", date(2026, 11, 24)),
        ({"locale": "de"}, "2026-11-24", date(2026, 11, 24)),
        ({"time_zone": "Europe/Tallinn"}, "2026-11-23T23:00:00Z", date(2026, 11, 24)),
        ({"time_zone": "Europe/Tallinn"}, datetime(2026, 11, 24), date(2026, 11, 24)),
    ],
)
def test_days_are_read_as_the_place_writes_them(how, text, day):
    assert values(**how).day("d", text) == day


@pytest.mark.parametrize(
    ("how", "text"),
    [
        ({}, "24.11.2026"), ({}, "2026-02-30"), ({}, "0026-11-24"), ({}, 46000), ({"locale": "de"}, "11/24/2026"),
        ({"locale": "en"}, "24/11/2026"), ({"locale": "de"}, "24. Novembre 2026"), ({}, "20261124"), ({}, ""),
    ],
)  # fmt: skip
def test_another_place_s_day_is_refused(how, text):
    with pytest.raises(RowError, match=r"^d '.*' is not written as %"):
        values(**how).day("d", text)


def test_times_are_moments_on_the_clocks_of_the_source():
    here = values(time_zone="Europe/Tallinn", date_format="%d.%m.%Y")
    expected = datetime(2026, 11, 24, 12, 30, tzinfo=UTC)
    for cell in ("2026-11-24T12:30:00Z", "2026-11-24T14:30:00+02:00", "2026-11-24 14:30", "24.11.2026 14:30",
                 "24.11.2026, 14.30", datetime(2026, 11, 24, 14, 30)):  # fmt: skip
        assert here.moment("m", cell) == expected
    for cell in ("24.11.2026", "14:30", "24.11.2026 25:00", 3, date(2026, 11, 24), "9999-12-31T23:59:59Z"):
        with pytest.raises(RowError):
            here.moment("m", cell)


def test_an_hour_that_is_there_twice_is_the_first_and_one_that_is_not_there_is_moved_on():
    here = values(time_zone="Europe/Tallinn")
    assert here.moment("m", "2026-10-25T03:30") == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert here.moment("m", "2027-03-28T03:30") == datetime(2027, 3, 28, 1, 30, tzinfo=UTC)


def test_a_day_without_a_time_stays_a_day():
    here = values(time_zone="Europe/Tallinn")
    assert here.day_or_moment("d", "2026-11-24") == date(2026, 11, 24)
    assert here.day_or_moment("d", datetime(2026, 11, 24)) == date(2026, 11, 24)
    assert here.day_or_moment("d", "2026-11-24T00:00") == datetime(2026, 11, 23, 22, tzinfo=UTC)
    assert here.day_or_moment("d", datetime(2026, 11, 24, 9)) == datetime(2026, 11, 24, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    ("cell", "clock"),
    [("7:05", time(7, 5)), ("07.05", time(7, 5)), ("23:59:30", time(23, 59, 30)), ("24:00", time(0)),
     (time(7, 5), time(7, 5))],
)  # fmt: skip
def test_clocks_are_read(cell, clock):
    assert values().clock("c", cell) == clock


@pytest.mark.parametrize("cell", ["7", "0705", "24:01", "7:60", "noon", 7.5, datetime(2026, 11, 24)])
def test_what_is_no_clock_is_refused(cell):
    with pytest.raises(RowError, match="is not a time such as 14:30"):
        values().clock("c", cell)


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (" a b ", "a b"),
        (7, "7"),
        (7.0, "7"),
        (0.1 + 0.2, "0.3"),
        (Decimal("1E+3"), "1000"),
        (date(2026, 11, 24), "2026-11-24"),
        ("\ud83d", "?"),
        # A36: a formula is a text like any other, here and where it is shown.
        ('=HYPERLINK("http://evil.example","x")', '=HYPERLINK("http://evil.example","x")'),
        ("@SUM(A1)", "@SUM(A1)"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
    ],
)
def test_texts_stay_what_they_are(cell, text):
    assert values().text("t", cell) == text


@pytest.mark.parametrize("cell", [True, ["x"], {"a": 1}, "a\x00b"])
def test_what_is_no_text_is_refused(cell):
    with pytest.raises(RowError, match=r"^t "):
        values().text("t", cell)


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ({"locale": "xx"}, "there is no language of this name"),
        ({"locale": "../../etc"}, "there is no language of this name"),
        ({"time_zone": "Europe/Nowhere"}, "there is no time zone of this name"),
        ({"date_format": "d.m.Y"}, "is no format of a date"),
        ({"date_format": "%d.%m"}, "is no format of a date"),
        ({"thousands": "ab"}, "at most 1 character"),
    ],
)
def test_settings_that_cannot_work_are_refused_when_they_are_made(how, said):
    with pytest.raises(ValidationError, match=said):
        ValueSettings(**how)


def test_a_field_of_another_type_is_a_mistake_of_the_programmer():
    with pytest.raises(TypeError, match="no cell can be read as"):
        values().converter(bytes)
