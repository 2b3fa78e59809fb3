"""iCalendar to the letter (RFC 5545, 5546): exceptions, zones of a file's own, durations, encodings."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from plugins.rosters.adapters import RosterIcal
from plugins.rosters.models import Shift
from plugins.rosters.tests.samples import calendar, event
from portal.ingestion.adapter import Rejection, UnreadablePayload
from portal.testing.adapters import deliver, make_source

TALLINN = ZoneInfo("Europe/Tallinn")


def read(body: bytes, source):
    return list(RosterIcal().read(io.BytesIO(body), source))


def starts(body: bytes, source) -> list[str]:
    """On the clocks of Tallinn, in order."""
    return sorted(f"{item.starts_at.astimezone(TALLINN):%m-%d %H:%M}" for item in read(body, source))


def zone(name: str, summer: str = "+0300", winter: str = "+0200", *, rule: bool = True) -> str:
    """A VTIMEZONE with the changes of the European Union, by rule or only those of 2020."""
    parts = ["BEGIN:VTIMEZONE", f"TZID:{name}"]
    for kind, before, after, month, first in (
        ("DAYLIGHT", winter, summer, 3, "20200329T030000"), ("STANDARD", summer, winter, 10, "20201025T040000")
    ):  # fmt: skip
        parts += [f"BEGIN:{kind}", f"DTSTART:{first}", f"TZOFFSETFROM:{before}", f"TZOFFSETTO:{after}"]
        parts += [f"RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH={month}"] * rule + [f"END:{kind}"]
    return "\r\n".join([*parts, "END:VTIMEZONE"]) + "\r\n"


@pytest.fixture(autouse=True)
def _november(at, settings):
    settings.TIME_ZONE = "Europe/Tallinn"
    at("2026-11-23 12:00+02:00")


def test_dates_are_added_to_a_rule_and_taken_from_it(source):
    series = event(
        "s", "20261123T0700", "20261123T1530", "RRULE:FREQ=DAILY;COUNT=3",
        "RDATE;TZID=Europe/Tallinn:20261128T090000,20261129T090000", "EXDATE;TZID=Europe/Tallinn:20261124T070000",
        "EXDATE;TZID=Europe/Tallinn:20261129T090000",
    )  # fmt: skip
    assert starts(calendar(series), source) == ["11-23 07:00", "11-25 07:00", "11-28 09:00"]


def test_an_exception_is_found_whatever_zone_it_is_told_in(source):
    series = event("s", "20261123T0700", "20261123T1530", "RRULE:FREQ=DAILY;COUNT=3", "EXDATE:20261124T050000Z")
    moved = event("s", "20261125T1000", "20261125T1800", "RECURRENCE-ID:20261125T050000Z")
    items = read(calendar(series, moved), source)
    assert sorted(item.external_id for item in items) == ["s/20261123T050000Z", "s/20261125T050000Z"]
    assert starts(calendar(series, moved), source) == ["11-23 07:00", "11-25 10:00"]


def test_this_and_all_that_follow_are_moved_and_stay_the_same_shifts(source):
    series = event("s", "20261123T0700", "20261123T1530", "RRULE:FREQ=DAILY;COUNT=5")
    later = event("s", "20261125T0900", "20261125T1600", "RECURRENCE-ID;RANGE=THISANDFUTURE;TZID=Europe/Tallinn:"
                  "20261125T070000", summary="New hours")  # fmt: skip
    before = {item.external_id for item in read(calendar(series), source)}
    items = read(calendar(series, later), source)
    assert [f"{item.starts_at.astimezone(TALLINN):%d %H:%M} {item.title}" for item in items] == [
        "23 07:00 Day shift", "24 07:00 Day shift", "25 09:00 New hours", "26 09:00 New hours", "27 09:00 New hours"
    ]  # fmt: skip
    assert {item.ends_at - item.starts_at for item in items[2:]} == {timedelta(hours=7)}
    assert {item.external_id for item in items} == before


def test_a_definition_under_a_known_name_is_that_of_the_file(source):
    own = zone("Europe/Tallinn", summer="+0500", winter="+0400")
    [item] = read(calendar(own, event("a", "20261124T0700", "20261124T1530")), source)
    assert item.starts_at == datetime(2026, 11, 24, 3, tzinfo=UTC)
    [item] = read(calendar(event("a", "20261124T0700", "20261124T1530")), source)
    assert item.starts_at == datetime(2026, 11, 24, 5, tzinfo=UTC)


def test_a_definition_that_says_the_same_is_the_known_zone(source, settings):
    settings.TIME_ZONE = "Europe/Stockholm"
    [item] = read(calendar(zone("Europe/Tallinn"), event("a", "20261124T0700", "20261124T1530")), source)
    assert (item.time_zone, item.starts_at) == ("Europe/Tallinn", datetime(2026, 11, 24, 5, tzinfo=UTC))


def test_a_definition_that_ended_long_ago_is_not_held_against_the_known_zone(source, at):
    at("2026-07-20 12:00+03:00")
    old = zone("Europe/Tallinn", rule=False)
    [item] = read(calendar(old, event("a", "20260724T0700", "20260724T1530")), source)
    assert (item.time_zone, item.starts_at) == ("Europe/Tallinn", datetime(2026, 7, 24, 4, tzinfo=UTC))


def test_two_files_may_call_different_zones_the_same(source):
    for hours in (4, 7):
        own = zone("Rota", summer=f"+{hours + 1:02}00", winter=f"+{hours:02}00")
        [item] = read(calendar(own, event("a", "20261124T1200", "20261124T1530", zone="Rota")), source)
        assert item.starts_at == datetime(2026, 11, 24, 12 - hours, tzinfo=UTC)


def test_a_name_in_quotes_and_with_a_colon_is_a_name(source):
    own = zone("Rota: East", summer="+0500", winter="+0400")
    shift = event("a", "20261124T1200", "20261124T1530", zone='"Rota: East"')
    [item] = read(calendar(own, shift), source)
    assert item.starts_at == datetime(2026, 11, 24, 8, tzinfo=UTC)


def test_a_broken_definition_costs_only_itself(source):
    broken = zone("Europe/Tallinn").replace("TZOFFSETTO:+0300", "TZOFFSETTO:soon")
    [item] = read(calendar(broken, event("a", "20261124T0700", "20261124T1530")), source)
    assert item.starts_at == datetime(2026, 11, 24, 5, tzinfo=UTC)


def test_a_zone_that_nobody_knows_is_not_taken_for_the_clocks_of_this_place(source):
    broken = zone("Rota").replace("TZOFFSETTO:+0300", "TZOFFSETTO:soon")
    for body in (calendar(event("a", "20261124T0700", "20261124T1530", zone="Rota")),
                 calendar(broken, event("a", "20261124T0700", "20261124T1530", zone="Rota"))):  # fmt: skip
        [rejection] = read(body, source)
        assert rejection.reason == "its time zone Rota is not known; the file must define it"


def test_more_zones_than_there_are_on_earth_are_refused(source):
    with pytest.raises(UnreadablePayload, match="more than 200 time zones"):
        read(calendar(*[zone(f"Z{number}") for number in range(201)]), source)


def test_a_zone_for_the_whole_calendar_is_that_of_floating_and_of_utc_times(emergency):
    """In UTC a weekly shift would move by an hour with the clocks."""
    source = make_source("rosters.ical", department=emergency, settings={"days_back": 366, "days_ahead": 366})
    named = "X-WR-TIMEZONE:Europe/Stockholm\r\n"
    utc = event("u", "20261001T0500", "20261001T1300", "RRULE:FREQ=MONTHLY;COUNT=2", zone="")
    utc = utc.replace("T050000\r\n", "T050000Z\r\n").replace("T130000\r\n", "T130000Z\r\n")
    floating = event("f", "20261124T0700", "20261124T1530", zone="")
    items = {item.external_id: item for item in read(calendar(named, utc, floating), source)}
    assert items["f"].starts_at == datetime(2026, 11, 24, 6, tzinfo=UTC)
    assert items["f"].time_zone == "Europe/Stockholm"
    assert sorted(item.starts_at.hour for name, item in items.items() if name != "f") == [5, 6]


@pytest.mark.parametrize("named", ["X-WR-TIMEZONE:Nowhere\r\n", "X-WR-TIMEZONE:\r\n", "X-WR-TIMEZONE:../x\r\n"])
def test_a_calendar_s_zone_that_does_not_exist_is_passed_over(named, source):
    assert starts(calendar(named, event("f", "20261124T0700", "20261124T1530", zone="")), source) == ["11-24 07:00"]


@pytest.mark.parametrize(
    ("duration", "hours"), [("PT8H30M", 8.5), ("P1D", 24), ("P1W", 168), ("PT90M", 1.5), ("+PT1H", 1)]
)
def test_a_shift_may_say_how_long_it_is(duration, hours, source):
    shift = event("a", "20261124T0700", "20261124T0000").replace("DTEND;TZID=Europe/Tallinn:20261124T000000",
                                                                 f"DURATION:{duration}")  # fmt: skip
    [item] = read(calendar(shift), source)
    assert item.ends_at - item.starts_at == timedelta(hours=hours)


@pytest.mark.parametrize("duration", ["PT0S", "-PT1H", "P", "8 hours"])
def test_a_shift_that_does_not_last_is_refused(duration, source):
    shift = event("a", "20261124T0700", "20261124T0000").replace("DTEND;TZID=Europe/Tallinn:20261124T000000",
                                                                 f"DURATION:{duration}")  # fmt: skip
    [rejection] = read(calendar(shift), source)
    assert isinstance(rejection, Rejection)
    assert rejection.external_id == "a"


def test_days_without_a_time_are_days_in_a_series_too(source):
    lines = ["BEGIN:VEVENT", "UID:d", "SUMMARY:On call", "DTSTART;VALUE=DATE:20261124", "RRULE:FREQ=WEEKLY;COUNT=2",
             "EXDATE;VALUE=DATE:20261201", "RDATE;VALUE=DATE:20261126", "END:VEVENT"]  # fmt: skip
    items = read(calendar("\r\n".join(lines) + "\r\n"), source)
    assert [item.external_id for item in items] == ["d/20261124", "d/20261126"]
    assert all(item.all_day and item.ends_at - item.starts_at == timedelta(days=1) for item in items)


def test_of_two_versions_in_one_file_the_later_one_counts_in_whatever_order(source):
    old = event("s", "20261124T0700", "20261124T1530", "SEQUENCE:1", "RRULE:FREQ=DAILY;COUNT=2")
    new = event("s", "20261124T0900", "20261124T1530", "SEQUENCE:2", "RRULE:FREQ=DAILY;COUNT=2")
    for body in (calendar(old, new), calendar(new, old)):
        assert starts(body, source) == ["11-24 09:00", "11-25 09:00"]


def test_of_two_versions_of_a_moved_shift_the_later_one_counts(source):
    series = event("s", "20261124T0700", "20261124T1530", "RRULE:FREQ=DAILY;COUNT=2")
    one, two = (
        event("s", f"20261125T{hour}00", "20261125T1900", f"SEQUENCE:{number}",
              "RECURRENCE-ID;TZID=Europe/Tallinn:20261125T070000") for number, hour in ((1, "10"), (2, "11"))
    )  # fmt: skip
    for body in (calendar(series, one, two), calendar(two, one, series)):
        assert starts(body, source) == ["11-24 07:00", "11-25 11:00"]


def test_a_message_that_cancels_marks_what_it_names_and_leaves_the_rest(source, at):
    now = at("2026-11-23 12:00+02:00")
    one, two = event("a", "20261124T0700", "20261124T1530"), event("b", "20261125T0700", "20261125T1530")
    deliver(source, calendar(one, two), sent_at=now)
    run = deliver(source, calendar("METHOD:CANCEL\r\n", one), sent_at=now + timedelta(minutes=1))
    assert [(shift.external_id, shift.cancelled, shift.missing_since) for shift in Shift.objects.order_by("pk")] == [
        ("a", True, None), ("b", False, None)
    ]  # fmt: skip
    assert "its method is CANCEL" in run.rejected_items.get().reason


def test_lines_are_unfolded_even_within_a_letter(source):
    body = calendar(event("a", "20261124T0700", "20261124T1530", summary="Öövalve Jüri"))
    for split in range(body.index("Ö".encode()), body.index("Jüri".encode()) + 5):
        for end in (b"\r\n ", b"\n\t"):
            assert [item.title for item in read(body[:split] + end + body[split:], source)] == ["Öövalve Jüri"]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_byte_order_mark_is_heeded(encoding, source):
    body = calendar(event("a", "20261124T0700", "20261124T1530", summary="Öövalve")).decode().encode(encoding)
    assert [item.title for item in read(body, source)] == ["Öövalve"]


def test_another_encoding_is_set_and_never_guessed(emergency, source):
    body = calendar(event("a", "20261124T0700", "20261124T1530", summary="Öövalve")).decode().encode("windows-1252")
    with pytest.raises(UnreadablePayload, match="This is not text in utf-8-sig; set the encoding"):
        read(body, source)
    told = make_source("rosters.ical", department=emergency, settings={"encoding": "windows-1252"})
    assert [item.title for item in read(body, told)] == ["Öövalve"]


@pytest.mark.parametrize(
    "rule", ["FREQ=DAILY", "FREQ=YEARLY;BYDAY=MO,TU,WE,TH,FR,SA,SU", "FREQ=DAILY;UNTIL=99991231T000000Z"]
)
def test_a_rule_without_end_is_worked_out_within_the_window_only(rule, source):
    items = read(calendar(event("s", "19991124T0700", "19991124T1530", f"RRULE:{rule}")), source)
    assert 70 < len(items) < 80
    assert all(not isinstance(item, Rejection) for item in items)
