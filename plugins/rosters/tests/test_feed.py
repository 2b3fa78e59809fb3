"""The personal calendar: whose it is, what stands in it, and that it tells nothing to anybody else."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone
from icalendar import Calendar

from plugins.rosters import privacy
from plugins.rosters.actions import give_address, revoke_address
from plugins.rosters.models import Feed, Shift
from plugins.rosters.tests.samples import calendar, cost, event, who
from portal.host import rules
from portal.host.gate import PluginOff
from portal.people.actions import deactivate_person
from portal.testing.adapters import deliver, make_source

NOON = "2026-11-24 12:00+02:00"


@pytest.fixture(autouse=True)
def tallinn(settings):
    settings.TIME_ZONE = "Europe/Tallinn"
    settings.FOLKMOOT_BASE_URL = "https://folkmoot.example"


def address(person) -> str:
    return f"/app/rosters/feed/{give_address(person, acting_person=person)}.ics"


def events(url: str) -> list:
    answer = Client().get(url)
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    return list(Calendar.from_ical(answer.content).walk("VEVENT"))


def test_it_has_the_persons_own_shifts_at_the_right_moments(source, bob, alice, at):
    at(NOON)
    body = calendar(
        event("a", "20261124T0700", "20261124T1530", who("bob"), "DESCRIPTION:Nurse\\, triage"),
        event("b", "20261124T0700", "20261124T1530", who("alice")),
        event("c", "20261124T0700", "20261124T1530"),
    )
    deliver(source, body)
    (only,) = events(address(bob))
    shift = Shift.objects.get(person=bob)
    assert only["UID"] == f"shift-{shift.pk}@folkmoot.example"
    assert only.start == datetime(2026, 11, 24, 5, tzinfo=UTC)
    assert only.end == datetime(2026, 11, 24, 13, 30, tzinfo=UTC)
    assert (only["SUMMARY"], only["LOCATION"], only["STATUS"]) == ("Day shift", "Emergency", "CONFIRMED")
    assert "Nurse, triage" in only["DESCRIPTION"]
    assert only["URL"].startswith("https://folkmoot.example/app/rosters/team/?week=2026-W48")


def test_a_calendar_is_told_its_name_and_how_often_to_ask(source, bob):
    answer = Client().get(address(bob))
    whole = Calendar.from_ical(answer.content)
    assert (whole["X-WR-CALNAME"], whole["METHOD"], whole["X-PUBLISHED-TTL"]) == ("My shifts", "PUBLISH", "PT1H")
    assert "REFRESH-INTERVAL;VALUE=DURATION:PT1H" in answer.content.decode()
    assert all(len(line) <= 75 for line in answer.content.split(b"\r\n"))


@pytest.mark.parametrize(
    ("zone", "night", "hours"),
    [
        ("Europe/Tallinn", ("20261024T2100", "20261025T0700"), 11),
        ("Europe/Tallinn", ("20270327T2100", "20270328T0700"), 9),
        ("Europe/Stockholm", ("20261024T2100", "20261025T0700"), 11),
        ("Europe/Amsterdam", ("20270327T2100", "20270328T0700"), 9),
        ("Europe/Berlin", ("20261024T2100", "20261025T0700"), 11),
        ("America/New_York", ("20261031T1900", "20261101T0700"), 13),
        ("Asia/Kolkata", ("20261024T2100", "20261025T0700"), 10),
    ],
)
def test_a_night_in_which_the_clocks_change_is_as_long_as_it_is(source, bob, at, zone, night, hours):
    at(f"{night[0][:4]}-{night[0][4:6]}-{night[0][6:8]} 12:00+02:00")
    deliver(source, calendar(event("n", *night, who("bob"), zone=zone, summary="Night shift")))
    (only,) = events(address(bob))
    assert only.end - only.start == timedelta(hours=hours)
    shift = Shift.objects.get()
    assert (f"{shift.starts:%H%M}", f"{shift.ends:%H%M}") == (night[0][-4:], night[1][-4:])
    assert (only.start, only.end) == (shift.starts_at, shift.ends_at)
    assert shift.clocks_change == (zone != "Asia/Kolkata")


def test_whole_days_are_days(source, bob, at):
    at(NOON)
    lines = ["UID:d", "SUMMARY:On call", "DTSTART;VALUE=DATE:20261124", "DTEND;VALUE=DATE:20261126", who("bob")]
    deliver(source, calendar("\r\n".join(["BEGIN:VEVENT", *lines, "END:VEVENT"]) + "\r\n"))
    (only,) = events(address(bob))
    assert (only["DTSTART"].dt, only["DTEND"].dt) == (date(2026, 11, 24), date(2026, 11, 26))


def test_what_was_cancelled_or_is_gone_stays_and_says_so(source, bob, at):
    now = at(NOON)
    one, two = (event(uid, "20261125T0700", "20261125T1530", who("bob")) for uid in "ab")
    deliver(source, calendar(one, two), sent_at=now)
    url = address(bob)
    before = {entry["UID"]: entry["SEQUENCE"] for entry in events(url)}
    cancelled = one.replace("END:VEVENT", "STATUS:CANCELLED\r\nEND:VEVENT")
    deliver(source, calendar(cancelled), sent_at=now + timedelta(minutes=1))
    after = events(url)
    assert {entry["UID"] for entry in after} == set(before)
    assert {entry["STATUS"] for entry in after} == {"CANCELLED"}
    assert all(entry["SEQUENCE"] == before[entry["UID"]] + 1 for entry in after)
    assert {entry["SUMMARY"] for entry in after} == {"Cancelled: Day shift", "No longer in the roster: Day shift"}


def test_only_what_is_near_stands_in_it(source, bob, at):
    now = at("2026-09-01 12:00+03:00")
    days = ("20260901", "20261020", "20261124", "20270101")
    source.settings = {"days_ahead": 200}
    source.save()
    shifts = [event(day, f"{day}T0700", f"{day}T1530", who("bob")) for day in days]
    deliver(source, calendar(*shifts), sent_at=now)
    at(NOON)
    assert [f"{entry.start:%m%d}" for entry in events(address(bob))] == ["1124", "0101"]


def test_text_cannot_break_out_of_its_line(source, bob, at):
    at(NOON)
    deliver(source, calendar(event("a", "20261124T0700", "20261124T1530", who("bob"))))
    evil = "Day\r\nEND:VEVENT\r\nBEGIN:VEVENT\rUID:x\x07;,\\"
    Shift.objects.update(title=evil, note=evil)
    answer = Client().get(address(bob))
    assert answer.content.count(b"\r\nBEGIN:VEVENT") == 1  # the others are text within SUMMARY and DESCRIPTION
    assert b"\r" not in answer.content.replace(b"\r\n", b"")
    (only,) = Calendar.from_ical(answer.content).walk("VEVENT")
    assert only["UID"].startswith("shift-")
    assert b"\x07" not in answer.content


def test_an_unchanged_calendar_is_not_sent_again(source, bob, at):
    at(NOON)
    deliver(source, calendar(event("a", "20261124T0700", "20261124T1530", who("bob"))))
    url = address(bob)
    first = Client().get(url)
    again = Client().get(url, headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    Shift.objects.update(title="Late shift")
    assert Client().get(url, headers={"If-None-Match": first["ETag"]}).status_code == 200


def test_a24_nobody_but_the_person_and_only_while_all_is_on(source, bob, emergency, at):
    at(NOON)
    deliver(source, calendar(event("a", "20261124T0700", "20261124T1530", who("bob"))))
    url = address(bob)
    answers = {"unknown": Client().get("/app/rosters/feed/fmk_x.ics")}
    rules.set_rule("rosters", emergency, rules.OFF, acting_person=None)
    answers["off"] = Client().get(url)
    rules.set_rule("rosters", emergency, rules.INHERIT, acting_person=None)
    assert len(events(url)) == 1
    answers["new address"] = Client().get(url) if address(bob) else None
    url = address(bob)
    assert revoke_address(bob, acting_person=bob)
    answers["revoked"] = Client().get(url)
    url = address(bob)
    deactivate_person(bob, acting_person=None)
    answers["left"] = Client().get(url)
    unknown = answers["unknown"]
    assert {name: answer.status_code for name, answer in answers.items()} == dict.fromkeys(answers, 401)
    assert {name: answer.content for name, answer in answers.items()} == dict.fromkeys(answers, unknown.content)
    assert {name: answer.headers for name, answer in answers.items()} == dict.fromkeys(answers, unknown.headers)
    assert unknown["Content-Type"] == "text/plain; charset=utf-8"
    assert unknown.content.decode().endswith("Get a new one under My week, In my own calendar.")


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_nothing_is_written_by_an_address(method, bob):
    assert getattr(Client(), method)(address(bob)).status_code == 405


def test_shifts_of_a_department_where_it_is_off_are_not_in_it(source, laboratory, bob, at):
    at(NOON)
    deliver(source, calendar(event("a", "20261124T0700", "20261124T1530", who("bob"))))
    other = make_source("rosters.ical", department=laboratory)
    deliver(other, calendar(event("b", "20261126T0700", "20261126T1530", who("bob"))))
    url = address(bob)
    assert len(events(url)) == 2
    rules.set_rule("rosters", laboratory, rules.OFF, acting_person=None)
    assert [f"{entry.start:%d}" for entry in events(url)] == ["24"]


def test_the_secret_is_not_kept_and_its_use_is_noted(bob, at):
    at(NOON)
    secret = give_address(bob, acting_person=bob)
    feed = Feed.objects.get()
    assert secret not in str(vars(feed))
    assert feed.last_used_at is None
    Client().get(f"/app/rosters/feed/{secret}.ics")
    feed.refresh_from_db()
    assert feed.last_used_at == datetime.fromisoformat(NOON)


def test_whoever_the_plugin_is_off_for_gets_no_address(bob, emergency):
    rules.set_rule("rosters", emergency, rules.OFF, acting_person=None)
    with pytest.raises(PluginOff):
        give_address(bob, acting_person=bob)
    assert not Feed.objects.exists()


def test_the_page_shows_the_address_once_and_takes_it_back(as_bob, bob):
    assert "Make an address" in as_bob.get("/app/rosters/calendar/").content.decode()
    made = as_bob.post("/app/rosters/calendar/")
    assert made["Cache-Control"] == "private, no-store"
    html = made.content.decode()
    start = html.index("/app/rosters/feed/fmk_")
    url = html[start : html.index(".ics", start) + 4]
    assert Client().get(url).status_code == 200
    later = as_bob.get("/app/rosters/calendar/").content.decode()
    assert "fmk_" not in later
    assert "Last read" in later
    assert as_bob.post("/app/rosters/calendar/revoke/").status_code == 302
    assert Client().get(url).status_code == 401
    assert "Make an address" in as_bob.get("/app/rosters/calendar/").content.decode()


def test_the_page_is_the_readers_own(as_charlie, bob, charlie):
    address(bob)
    assert "Make an address" in as_charlie.get("/app/rosters/calendar/").content.decode()
    as_charlie.post("/app/rosters/calendar/revoke/")
    assert Feed.objects.filter(person=bob).exists()


def test_erasure_ends_the_address(bob):
    url = address(bob)
    assert privacy.export(bob)["calendar_address"]["last_used_at"] is None
    privacy.erase(bob, acting_person=None)
    assert Client().get(url).status_code == 401
    assert privacy.export(bob)["calendar_address"] is None


def test_it_costs_the_same_however_many_shifts(source, bob, settings, at):
    settings.FOLKMOOT_STAMP_SECONDS = 3600
    now, url, costs = at(NOON), address(bob), []
    for count in (2, 60):
        shifts = [event(f"e{n}", "20261124T0700", "20261124T1530", who("bob")) for n in range(count)]
        deliver(source, calendar(*shifts), sent_at=now + timedelta(seconds=count))
        Client().get(url)
        costs.append(cost(lambda: Client().get(url)))
    assert costs == [3, 3]  # the address with its person, the shifts, that it was used
    assert timezone.now() == now
