"""Rosters from iCalendar: the shared contract, recurrence, time zones, and what cannot be used."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from plugins.rosters import ical
from plugins.rosters.adapters import RosterIcal
from plugins.rosters.models import Shift
from plugins.rosters.tests.samples import calendar, cost, event, on, who
from portal.catalogue.models import Entry
from portal.ingestion.adapter import Rejection, UnreadablePayload
from portal.testing.adapters import NEWCOMER, AdapterContract, deliver, make_source
from portal.timeline.models import Activity

FIRST = event("one@rota", on(1), on(1, "1530"), who("bob"))
SECOND = event("two@rota", on(2), on(2, "1530"))
BROKEN = event("three@rota", on(3), on(3, "1530")).replace("DTEND;TZID=Europe/Tallinn:", "DTEND:someday ")

# A zone under a name of the exporting system's own, with Tallinn's rules.
OWN_ZONE = """BEGIN:VTIMEZONE
TZID:Rota East
BEGIN:DAYLIGHT
TZOFFSETFROM:+0200
TZOFFSETTO:+0300
TZNAME:EEST
DTSTART:19700329T030000
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3
END:DAYLIGHT
BEGIN:STANDARD
TZOFFSETFROM:+0300
TZOFFSETTO:+0200
TZNAME:EET
DTSTART:19701025T040000
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10
END:STANDARD
END:VTIMEZONE
""".replace("\n", "\r\n")


class TestContract(AdapterContract):
    adapter = "rosters.ical"
    valid = calendar(FIRST, SECOND)
    one_less = calendar(FIRST)
    one_malformed = calendar(FIRST, SECOND, BROKEN)
    broken = b"<html>503 Service Unavailable</html>"
    for_newcomer = calendar(FIRST, event("new@rota", on(3), on(3, "1530"), f"ATTENDEE:mailto:{NEWCOMER}"))


def read(body: bytes, source):
    return list(RosterIcal().read(io.BytesIO(body), source))


def tallinn(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=ZoneInfo("Europe/Tallinn"))


@pytest.mark.parametrize("zone", ["Europe/Tallinn", "Rota East"])
def test_a_night_shift_keeps_its_clock_times_when_the_clocks_go_back(zone, source, at, settings):
    settings.TIME_ZONE = "Europe/Tallinn"
    at("2026-10-24 12:00+03:00")
    night = event("n", "20261023T2100", "20261024T0700", "RRULE:FREQ=DAILY;COUNT=4", zone=zone)
    items = read(calendar(OWN_ZONE, night), source)
    assert [item.starts_at for item in items] == [
        tallinn(2026, 10, day, 21).astimezone(UTC) for day in (23, 24, 25, 26)
    ]
    assert [item.ends_at for item in items] == [tallinn(2026, 10, day, 7).astimezone(UTC) for day in (24, 25, 26, 27)]
    lengths = [(item.ends_at - item.starts_at) / timedelta(hours=1) for item in items]
    assert lengths == [10, 11, 10, 10]
    assert {item.kind for item in items} == {"night"}
    assert [item.external_id for item in items] == [
        "n/20261023T180000Z", "n/20261024T180000Z", "n/20261025T190000Z", "n/20261026T190000Z"
    ]  # fmt: skip


def test_a_night_shift_is_an_hour_shorter_when_the_clocks_go_forward(source, at):
    at("2027-03-27 12:00+02:00")
    [item] = read(calendar(event("n", "20270327T2100", "20270328T0700")), source)
    assert item.ends_at - item.starts_at == timedelta(hours=9)


def test_exceptions_take_out_move_and_cancel_single_shifts(source, bob, at):
    at("2026-11-23 12:00+02:00")
    series = event(
        "s", "20261123T0700", "20261123T1530", "RRULE:FREQ=WEEKLY;BYDAY=MO,TU,WE,TH;COUNT=4",
        "EXDATE;TZID=Europe/Tallinn:20261124T070000", who("bob"),
    )  # fmt: skip
    moved = event(
        "s", "20261127T1400", "20261127T2200", "RECURRENCE-ID;TZID=Europe/Tallinn:20261125T070000", who("bob"),
        summary="Late shift",
    )  # fmt: skip
    cancelled = event(
        "s", "20261126T0700", "20261126T1530", "RECURRENCE-ID;TZID=Europe/Tallinn:20261126T070000", "STATUS:CANCELLED"
    )
    deliver(source, calendar(series, moved, cancelled))
    shifts = {shift.external_id: shift for shift in Shift.objects.all()}
    assert set(shifts) == {"s/20261123T050000Z", "s/20261125T050000Z", "s/20261126T050000Z"}
    moved_shift = shifts["s/20261125T050000Z"]
    assert (moved_shift.starts, moved_shift.kind) == (tallinn(2026, 11, 27, 14), "late")
    assert moved_shift.person == bob
    assert shifts["s/20261126T050000Z"].cancelled
    assert Entry.objects.get(key=str(shifts["s/20261126T050000Z"].pk)).facets["state_text"] == "Cancelled"


def test_a_shift_that_is_moved_at_the_source_stays_the_same_shift(source, at):
    at("2026-11-23 12:00+02:00")
    deliver(source, calendar(event("x", "20261124T0700", "20261124T1530")), sent_at=timezone.now())
    pk = Shift.objects.get().pk
    later = timezone.now() + timedelta(minutes=1)
    deliver(source, calendar(event("x", "20261125T0800", "20261125T1630")), sent_at=later)
    shift = Shift.objects.get()
    assert (shift.pk, shift.starts) == (pk, tallinn(2026, 11, 25, 8))


def test_only_the_window_is_read_and_what_leaves_it_by_age_is_not_called_missing(source, at):
    at("2026-11-01 12:00+02:00")
    body = calendar(event("d", "20261101T0700", "20261101T1530", "RRULE:FREQ=DAILY"))
    deliver(source, body, sent_at=timezone.now())
    assert Shift.objects.count() == 61  # the first day and 60 ahead
    later = at("2026-11-21 12:00+02:00")
    deliver(source, body, sent_at=later)
    assert Shift.objects.count() == 81
    assert not Shift.objects.exclude(missing_since=None).exists()


def test_all_day_events_and_utc_and_floating_times_are_read_on_the_clocks_of_the_source(emergency, at):
    at("2026-11-23 12:00+02:00")
    source = make_source("rosters.ical", department=emergency, settings={"time_zone": "Europe/Stockholm"})
    lines = ["UID:c", "SUMMARY:On call", "DTSTART;VALUE=DATE:20261124", "DTEND;VALUE=DATE:20261125"]
    day = "\r\n".join(["BEGIN:VEVENT", *lines, "END:VEVENT"]) + "\r\n"
    utc = event("u", "20261124T0600", "20261124T1430", zone="").replace("00\r\n", "00Z\r\n")
    floating = event("f", "20261124T0700", "20261124T1530", zone="")
    items = {item.external_id: item for item in read(calendar(day, utc, floating), source)}
    assert items["c"].starts_at == datetime(2026, 11, 23, 23, tzinfo=UTC)
    assert (items["c"].all_day, items["c"].kind) == (True, "other")
    assert items["u"].starts_at == items["f"].starts_at == datetime(2026, 11, 24, 6, tzinfo=UTC)
    assert {item.time_zone for item in items.values()} == {"Europe/Stockholm"}


def test_a_card_tells_days_of_whole_days_and_else_moments_on_the_clocks_of_the_work(source, at):
    at("2026-11-23 12:00+02:00")
    lines = ["UID:c", "SUMMARY:On call", "DTSTART;VALUE=DATE:20261124", "DTEND;VALUE=DATE:20261126"]
    days = "\r\n".join(["BEGIN:VEVENT", *lines, "END:VEVENT"]) + "\r\n"
    deliver(source, calendar(days, event("v", "20261124T2100", "20261125T0700", zone="Europe/Stockholm")))
    told = {entry.facets["starts_at"]: str(entry.occasion) for entry in Entry.objects.filter(type="shift")}
    assert told == {
        "2026-11-24": "tomorrow to Wednesday 25 November",
        "2026-11-24T21:00:00+01:00": "tomorrow, 22:00 to 8:00 (21:00 in Stockholm)",
    }


def test_shifts_of_another_site_keep_its_clocks(source, at):
    at("2026-11-23 12:00+02:00")
    deliver(source, calendar(event("v", "20261124T0700", "20261124T1530", zone="Europe/Stockholm")))
    shift = Shift.objects.get()
    assert shift.starts_at == datetime(2026, 11, 24, 6, tzinfo=UTC)
    assert f"{shift.starts:%H:%M}" == "07:00"
    assert Entry.objects.get(type="shift").title == "Day shift, open, 24 November 07:00"


def test_people_are_found_by_address_and_unknown_ones_keep_their_name(source, bob, at):
    at("2026-11-23 12:00+02:00")
    bob.email = "Bob.Berg@merekaar.example"
    bob.save()
    known = event("k", "20261124T0700", "20261124T1530", "ATTENDEE;CN=B:MAILTO:bob.berg@MEREKAAR.example")
    unknown = event("u", "20261124T0700", "20261124T1530", "ATTENDEE;CN=Liis Kask:mailto:liis@elsewhere.example")
    declined = event("d", "20261124T0700", "20261124T1530", "ATTENDEE;PARTSTAT=DECLINED:mailto:bob@x.example")
    two = event(
        "t",
        "20261124T0700",
        "20261124T1530",
        "ATTENDEE;CN=One:mailto:1@x.example",
        "ATTENDEE;CN=Two:mailto:2@x.example",
    )
    run = deliver(source, calendar(known, unknown, declined, two))
    assert run.counts["rejected"] == 0
    shifts = {shift.external_id: shift for shift in Shift.objects.select_related("person")}
    assert shifts["k"].person == bob
    assert (shifts["u"].person, shifts["u"].who, shifts["u"].is_open) == (None, "Liis Kask", False)
    assert shifts["d"].is_open
    assert [shifts[key].who for key in ("t", "t/2")] == ["One", "Two"]
    entry = Entry.objects.get(key=str(shifts["u"].pk))
    assert entry.title == "Day shift, Liis Kask, 24 November 07:00"
    assert entry.summary == "Until 15:30. Liis Kask is not in the directory."


def test_a_shift_is_for_its_department_and_for_whoever_works_it(source, charlie, bob, at):
    at("2026-11-23 12:00+02:00")
    helper = event("h", "20261124T0700", "20261124T1530", who("charlie"))
    own = event("o", "20261124T0700", "20261124T1530")
    deliver(source, calendar(helper, own))
    assert Entry.objects.visible_to(bob).filter(type="shift").count() == 2
    assert Entry.objects.visible_to(charlie).filter(type="shift").count() == 1
    assert Activity.objects.count() == 0


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (("UID:x\r\n", ""), "it has no UID"),
        (("DTSTART;TZID=Europe/Tallinn:20261124T070000\r\n", ""), "it has no DTSTART"),
        (("DTSTART;TZID=Europe/Tallinn:2026", "DTSTART;TZID=Europe/Tallinn:soon"), "DTSTART cannot be read"),
        (("20261124T1530", "20261124T0600"), "it ends before it begins"),
        (("20261124T070000", "19011124T070000"), "it begins before 1970"),
        (("END:VEVENT", "RRULE:FREQ=SECONDLY\r\nEND:VEVENT"), "it repeats more often than daily"),
        (("END:VEVENT", "RRULE:FREQ=DAILY;BYMINUTE=1,2,3\r\nEND:VEVENT"), "it repeats within a day"),
        (("END:VEVENT", "RRULE:FREQ=SOMETIMES\r\nEND:VEVENT"), "RRULE cannot be read"),
        (("END:VEVENT", "what is this\r\nEND:VEVENT"), "a line cannot be read"),
    ],
)
def test_an_event_that_cannot_be_used_says_why_and_the_rest_goes_in(change, reason, source, at):
    at("2026-11-23 12:00+02:00")
    bad = event("x", "20261124T0700", "20261124T1530").replace(*change)
    good = event("good", "20261124T0700", "20261124T1530")
    rejection, item = read(calendar(bad, good), source)
    assert isinstance(rejection, Rejection)
    assert reason in rejection.reason
    assert rejection.raw
    assert item.external_id == "good"


def test_a_refused_series_keeps_the_shifts_it_had(source, at):
    now = at("2026-11-23 12:00+02:00")
    series = event("s", "20261124T0700", "20261124T1530", "RRULE:FREQ=DAILY;COUNT=3")
    other = event("o", "20261124T0700", "20261124T1530")
    deliver(source, calendar(series, other), sent_at=now)
    deliver(source, calendar(series.replace("COUNT=3", "COUNT=many"), other), sent_at=now + timedelta(minutes=1))
    assert not Shift.objects.exclude(missing_since=None).exists()


@pytest.mark.parametrize(
    "body",
    [b"", b"hello", b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n", calendar(FIRST)[:-20],
     calendar(FIRST) + calendar(SECOND)[:-20], calendar(FIRST) + b"hello\r\n" + calendar(SECOND),
     b"\xff\xfe\x00\x01", FIRST.encode()],
)  # fmt: skip
def test_half_a_calendar_and_other_formats_are_refused_as_a_whole(body, source):
    with pytest.raises(UnreadablePayload):
        read(body, source)


def test_a_file_may_hold_several_calendars_each_with_its_own_zones(source, at):
    at("2026-11-23 12:00+02:00")
    east = event("a", "20261124T0700", "20261124T1530", zone="Rota East")
    later = OWN_ZONE.replace("+0200", "+0400").replace("+0300", "+0500")
    body = calendar(OWN_ZONE, east) + b"\r\n" + calendar(later, east.replace("UID:a", "UID:b"))
    items = {item.external_id: item for item in read(body, source)}
    assert {name: f"{item.starts_at:%H}" for name, item in items.items()} == {"a": "05", "b": "03"}


def test_one_uid_in_two_calendars_of_a_file_loses_nothing_silently(source, at):
    now = at("2026-11-23 12:00+02:00")
    gone = event("gone", "20261125T0700", "20261125T1530")
    one = event("a", "20261124T0700", "20261124T1530")
    deliver(source, calendar(one, gone), sent_at=now)
    run = deliver(source, calendar(one) + calendar(one), sent_at=now + timedelta(minutes=1))
    assert (run.counts["unchanged"], run.counts["rejected"], run.counts["missing"]) == (1, 1, 0)
    assert "another calendar of the file" in run.rejected_items.get().reason


def test_a_calendar_without_end_is_cut_at_the_cap_and_says_so(source, monkeypatch, at):
    at("2026-11-23 12:00+02:00")
    monkeypatch.setattr(ical, "MOST_SHIFTS", 10)
    series = [event(f"s{n}", "20261124T0700", "20261124T1530", "RRULE:FREQ=DAILY;COUNT=4") for n in range(4)]
    parts = read(calendar(*series), source)
    assert len(parts) == 11
    assert parts[-1].reason == "there are more than 10 shifts; the rest was left out, choose fewer days"


def test_a_calendar_that_takes_too_long_is_given_up(source, monkeypatch):
    monkeypatch.setattr(ical, "MOST_SECONDS", -1)
    with pytest.raises(UnreadablePayload, match="takes too long"):
        read(calendar(FIRST), source)


def test_a_very_long_name_stays_one_of_its_kind(source, at):
    at("2026-11-23 12:00+02:00")
    names = [
        read(calendar(event("u" * 300 + end, "20261124T0700", "20261124T1530", "RRULE:FREQ=DAILY;COUNT=1")), source)
        for end in "ab"
    ]
    assert names[0][0].external_id != names[1][0].external_id


def test_what_the_roster_no_longer_has_stays_and_says_so(source, at):
    now = at("2026-11-23 12:00+02:00")
    one, two = event("a", "20261124T0700", "20261124T1530"), event("b", "20261125T0700", "20261125T1530")
    deliver(source, calendar(one, two), sent_at=now)
    deliver(source, calendar(one), sent_at=now + timedelta(minutes=1))
    gone = Shift.objects.get(external_id="b")
    facets = Entry.objects.get(key=str(gone.pk)).facets
    assert (facets["state"], facets["state_text"]) == ("stale", "No longer in the roster")


def test_another_home_moves_the_shifts(source, laboratory, at):
    from portal.ingestion.actions import update_source

    at("2026-11-23 12:00+02:00")
    deliver(source, calendar(event("a", "20261124T0700", "20261124T1530")))
    update_source(source, acting_person=None, department=laboratory)
    assert Shift.objects.get().department == laboratory
    entry = Entry.objects.get(type="shift")
    assert entry.department == laboratory
    assert entry.own_audience.expression.all == ((f"department:{laboratory.pk}",),)


def test_the_number_of_queries_does_not_grow_with_the_shifts(source):
    costs = []
    for count in (2, 100):
        items = read(calendar(*[event(f"e{n}", on(1), on(1, "1530")) for n in range(count)]), source)
        costs.append(cost(lambda items=items: RosterIcal().apply(source, items)))
    assert costs[1] <= costs[0] + 8  # SQLite takes fewer rows a statement than there are


def test_days_are_days(source):
    assert ical._moment(date(2026, 11, 24), ZoneInfo("Europe/Tallinn")) == datetime(2026, 11, 23, 22, tzinfo=UTC)
