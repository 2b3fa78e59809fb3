"""A department's week by day, for screens on which its table is too wide: the same shifts, today first."""

from __future__ import annotations

from datetime import date

import pytest
from django.template.loader import render_to_string

from plugins.rosters.models import Shift
from plugins.rosters.queries import team_shifts
from plugins.rosters.slots import department_week
from plugins.rosters.team import team_week_of
from plugins.rosters.tests.samples import calendar, event, who
from plugins.rosters.week import Week
from portal.testing.adapters import deliver

PAGE = "/app/rosters/team/"
WEEK = Week.read("2026-W48")
TUESDAY, WEDNESDAY, SUNDAY = date(2026, 11, 24), date(2026, 11, 25), date(2026, 11, 29)


@pytest.fixture(autouse=True)
def tallinn(settings):
    settings.TIME_ZONE = "Europe/Tallinn"


@pytest.fixture
def roster(source, alice, bob, at):
    """On Tuesday Alice and Bob work by day and one is sought, by night somebody of another system; Bob on Wednesday."""
    at("2026-11-23 04:00+02:00")
    body = calendar(
        event("night", "20261124T2100", "20261125T0700", "ATTENDEE;CN=Temp Tuul:mailto:t@x.example", summary="Night"),
        event("open", "20261124T0700", "20261124T1530"),
        event("bob", "20261124T0700", "20261124T1530", who("bob"), "DESCRIPTION:Nurse\\, triage"),
        event("alice", "20261124T0700", "20261124T1530", who("alice")),
        event("bob-w", "20261125T0700", "20261125T1530", who("bob")),
    )
    deliver(source, body)
    at("2026-11-24 12:00+02:00")
    return bob


def roster_of(person, department):
    return team_week_of(WEEK, team_shifts(person, WEEK, department))


def told(day) -> list[tuple[str, str, list[str]]]:
    return [(turn.duty.hours, turn.duty.tint, [shift.who for shift in turn.shifts]) for turn in day.turns]


def test_today_is_first_and_what_is_over_comes_apart(roster, emergency):
    found = roster_of(roster, emergency)
    assert [day.date for day in found.days] == WEEK.days[1:]
    assert [day.today for day in found.days] == [True] + [False] * 5
    assert [day.date for day in found.earlier] == WEEK.days[:1]


def test_another_week_goes_from_monday_to_sunday(roster, emergency, at):
    at("2026-12-02 12:00+02:00")
    found = roster_of(roster, emergency)
    assert [day.date for day in found.days] == WEEK.days
    assert found.earlier == []


def test_under_a_day_are_the_shifts_by_their_beginning_each_with_its_people(roster, emergency):
    tuesday, wednesday, *later = roster_of(roster, emergency).days
    day, night = "07:00–15:30", "21:00–07:00"
    assert told(tuesday) == [
        (day, "day", ["Alice Aav", "Bob Berg"]),
        (day, "open", [""]),
        (night, "night", ["Temp Tuul"]),
    ]
    assert told(wednesday) == [(day, "day", ["Bob Berg"])]
    assert not any(day.turns for day in later)


def test_who_is_free_that_day_works_on_another_of_the_week(roster, emergency):
    tuesday, wednesday, *_later, sunday = roster_of(roster, emergency).days
    assert tuesday.free == []
    assert wednesday.free == ["Alice Aav", "Temp Tuul"]
    assert sunday.free == ["Alice Aav", "Bob Berg", "Temp Tuul"]


def test_what_is_cancelled_stands_apart_from_what_is_worked(roster, emergency):
    Shift.objects.filter(external_id="alice").update(cancelled=True)
    worked, _sought, cancelled, *_rest = roster_of(roster, emergency).days[0].turns
    assert [shift.who for shift in worked.shifts] == ["Bob Berg"]
    assert ([shift.who for shift in cancelled.shifts], cancelled.duty.state) == (["Alice Aav"], "Cancelled")


def test_a_week_without_shifts_is_none(roster, charlie, emergency):
    assert not roster_of(charlie, emergency)
    assert not team_week_of(WEEK.next, team_shifts(roster, WEEK, emergency))


def test_both_ways_hold_every_shift_once_and_name_each_place_once(roster, as_bob):
    html = as_bob.get(PAGE, {"week": "2026-W48"}).content.decode()
    for pk in Shift.objects.values_list("pk", flat=True):
        assert html.count(f'id="shift-{pk}"') == 1
        assert html.count(f'data-shift="shift-{pk}"') == 1
    assert html.index("team-week__days") < html.index("Wednesday 25") < html.index("Earlier this week")
    assert html.index("Earlier this week") < html.index("Monday 23") < html.index("<table")
    assert "Off: Alice Aav, Temp Tuul" in html


def test_names_are_text_also_among_those_who_are_free(emergency):
    day = {"date": TUESDAY, "turns": [], "free": ["<b>x</b>"]}
    html = render_to_string("rosters/partials/team_days.html", {"days": [day], "label": "x"})
    assert "Off: &lt;b&gt;x&lt;/b&gt;" in html


def test_other_pages_bring_the_sheet_along(roster, emergency, rf):
    request = rf.get("/")
    request.user = roster
    html = department_week(request, emergency)
    assert "rosters/days.css" in html
    assert "team-week__days" in html
    assert html.index("Wednesday 25") < html.index("Later this week") < html.index("Thursday 26")
    assert html.index("Sunday 29") < html.index("Earlier this week") < html.index("Monday 23")
