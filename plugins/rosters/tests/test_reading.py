"""The pages of the roster: what stands where, for whom, and with which words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from plugins.rosters.duties import duty_of, full_of
from plugins.rosters.models import Shift
from plugins.rosters.tests.samples import calendar, event, who
from plugins.rosters.week import Week, duty_days_of
from portal.host import rules
from portal.host.configuring.changes import change_settings
from portal.people.actions import add_membership
from portal.people.models import Department
from portal.testing.adapters import deliver, make_source

MINE, TEAM, DUTY, OPEN = (f"/app/rosters/{name}" for name in ("", "team/", "on-duty/", "open/"))
NOON = "2026-11-24 12:00+02:00"  # a Tuesday


@pytest.fixture(autouse=True)
def tallinn(settings):
    settings.TIME_ZONE = "Europe/Tallinn"
    with timezone.override("Europe/Tallinn"):
        yield


@pytest.fixture
def week(source, alice, bob, at):
    now = at(NOON)
    alice.phone = "+372 5510"
    alice.save()
    body = calendar(
        event("a", "20261124T0700", "20261124T1530", who("alice"), "DESCRIPTION:Shift lead"),
        event("b", "20261128T2100", "20261129T0700", who("bob"), summary="Night shift"),
        event("c", "20261124T1400", "20261124T2200", who("bob"), "URL:https://rota.example/c", summary="Late shift"),
        event("x", "20261126T0700", "20261126T1530", who("bob"), "STATUS:CANCELLED"),
        event("open", "20261127T0700", "20261127T1530", "URL:https://rota.example/open"),
        event("past", "20261123T0700", "20261123T1530", summary="Long past"),
    )
    deliver(source, body, sent_at=now)
    return now


def html_of(client, address, **query) -> str:
    answer = client.get(address, query)
    assert answer.status_code == 200
    return answer.content.decode()


def test_my_week_says_my_next_shift_and_marks_today(week, as_bob):
    html = html_of(as_bob, MINE)
    assert "Your next shift: Tuesday 24 November, 14:00 to 22:00, Late shift, Emergency." in html
    assert html.count('aria-current="date"') == 1
    assert "Today" in html
    assert "Cancelled" in html
    assert 'href="https://rota.example/c"' in html
    assert "rota" in html[html.index('class="source"') :]


def test_the_sentence_is_about_the_shift_one_is_on(week, as_bob, at):
    at("2026-11-24 15:00+02:00")
    assert "You are on now, until 22:00: Late shift, Emergency." in html_of(as_bob, MINE)


def test_any_week_has_a_link_and_keeps_it_over_the_tabs(week, as_bob):
    html = html_of(as_bob, MINE, week="2026-W52")
    assert "Week 52" in html
    assert 'aria-current="date"' not in html
    assert f"{TEAM}?week=2026-W52" in html
    assert "?week=2026-W53" in html


def test_an_old_link_to_a_departments_week_leads_to_the_team(week, as_bob, emergency):
    answer = as_bob.get(MINE, {"week": "2026-W48", "department": emergency.url_path})
    assert answer.status_code == 302
    assert answer.url.startswith(f"{TEAM}?week=2026-W48&department=")


def test_my_team_lists_people_by_name_and_open_shifts_last(week, as_bob, bob, laboratory):
    html = html_of(as_bob, TEAM).partition("<tbody>")[2]
    assert html.index("Alice Aav") < html.index("Bob Berg") < html.index("Open shifts</th>")
    add_membership(bob, laboratory, acting_person=None)
    assert "Laboratory" in html_of(as_bob, TEAM)
    assert "No shifts this week" in html_of(as_bob, TEAM, department=laboratory.url_path)


def test_on_duty_has_a_number_to_call_and_who_comes_next(week, as_bob):
    html = html_of(as_bob, DUTY)
    assert "Shift lead · until 15:30" in html
    assert 'href="tel:+3725510"' in html
    assert "From 14:00:" in html
    assert "Bob Berg" in html


def test_open_shifts_are_those_to_come_with_whom_to_ask(week, as_bob, emergency):
    html = html_of(as_bob, OPEN)
    assert "Friday 27 November" in html
    assert "Long past" not in html
    assert "Head:" in html
    assert "Alice Aav" in html
    assert 'href="https://rota.example/open"' in html
    assert "Rota office" not in html
    change_settings("rosters", emergency, {"rota_office": "Tiina, 5599"}, acting_person=None)
    assert "Rota office: Tiina, 5599" in html_of(as_bob, OPEN)


@pytest.mark.parametrize("address", [MINE, TEAM, DUTY, OPEN])
def test_outsiders_see_nothing_and_off_is_refused(week, address, as_charlie, as_bob, emergency):
    html = html_of(as_charlie, address)
    assert not {"Late shift", "Alice Aav", "Shift lead", "rota.example"} & {
        word for word in ("Late shift", "Alice Aav", "Shift lead", "rota.example") if word in html
    }
    rules.set_rule("rosters", emergency, rules.OFF, acting_person=None)
    assert as_bob.get(address).status_code == 403


def test_an_outsider_finds_no_roster_by_its_departments_path(week, as_charlie, emergency):
    assert "Bob Berg" not in html_of(as_charlie, TEAM, department=emergency.url_path)


def test_nothing_to_show_says_what_would_be_there(as_charlie):
    assert "No shift of yours is planned." in html_of(as_charlie, MINE)
    assert "Nobody is on duty" in html_of(as_charlie, DUTY)
    assert "No open shifts" in html_of(as_charlie, OPEN)


@pytest.mark.parametrize(
    ("zone", "night", "said"),
    [
        ("Europe/Tallinn", ("20261024T2100", "20261025T0700"), "The clocks go back: 11 h."),
        ("Europe/Tallinn", ("20270327T2100", "20270328T0700"), "The clocks go forward: 9 h."),
        ("Europe/Stockholm", ("20261024T2130", "20261025T0700"), "The clocks go back: 10 h 30 min."),
        ("Europe/Berlin", ("20270327T2100", "20270328T0700"), "The clocks go forward: 9 h."),
        ("Europe/Amsterdam", ("20261024T2100", "20261025T0700"), "The clocks go back: 11 h."),
    ],
)
def test_a_night_in_which_the_clocks_change(source, bob, as_bob, at, zone, night, said):
    at(f"{night[0][:4]}-{night[0][4:6]}-{night[0][6:8]} 10:00+02:00")
    as_bob.force_login(bob)  # sessions end meanwhile
    deliver(source, calendar(event("n", *night, who("bob"), zone=zone, summary="Night shift")))
    html = html_of(as_bob, MINE)
    assert said in html
    assert f"{night[0][-4:-2]}:{night[0][-2:]}–07:00" in html
    assert ("On the clocks of" in html) == (zone != "Europe/Tallinn")
    days = html.split('<li class="days__day')
    assert "Night shift" in days[6]  # the Saturday
    assert "Night shift" not in days[7]


def test_of_my_week_the_days_that_are_over_step_back_and_the_next_week_follows(source, bob, as_bob, at):
    at("2026-11-26 12:00+02:00")
    as_bob.force_login(bob)
    html = html_of(as_bob, MINE)
    marks = [day.split('"')[0].strip() for day in html.split('<li class="days__day')[1:]]
    assert marks == ["is-over"] * 3 + ["is-today"] + [""] * 3
    assert html.rindex("week=2026-W49") > html.index("days__day")


def test_on_duty_says_as_of_when(source, bob, as_bob, at):
    at("2026-11-24 07:05+02:00")
    as_bob.force_login(bob)
    assert "Tuesday 24 November, 07:05" in html_of(as_bob, DUTY)


def test_who_is_on_duty_in_the_hour_that_comes_twice(source, bob, as_bob, at):
    at("2026-10-24 12:00+03:00")
    early = event("early", "20261024T2100", "20261025T0300", who("bob"), summary="Early night")
    deliver(source, calendar(early))
    at("2026-10-25 02:59+03:00")
    assert "Early night" in html_of(as_bob, DUTY)
    at("2026-10-25 03:30+03:00")  # for the first time half past three: over since half an hour
    assert "Early night" not in html_of(as_bob, DUTY)
    at("2026-10-25 03:30+02:00")  # for the second time
    assert "Early night" not in html_of(as_bob, DUTY)


def test_a_ward_in_another_zone_names_its_clocks(bob, as_bob, emergency, laboratory, at):
    at("2026-11-24 07:30+02:00")
    add_membership(bob, laboratory, acting_person=None)
    visby = make_source("rosters.ical", department=laboratory)
    deliver(visby, calendar(event("v", "20261124T0700", "20261124T1530", who("bob"), zone="Europe/Stockholm")))
    assert "On the clocks of Stockholm." in html_of(as_bob, MINE)
    assert "07:00 to 15:30, 8 h 30 min, Stockholm" in html_of(as_bob, TEAM, department=laboratory.url_path)
    assert "until" not in html_of(as_bob, DUTY)  # it is half past six there
    at("2026-11-24 08:30+02:00")
    assert "until 15:30" in html_of(as_bob, DUTY)


ZONES = ["Europe/Tallinn", "Europe/Stockholm", "Europe/Amsterdam", "Europe/Berlin", "Europe/Lisbon", "Asia/Kathmandu"]
ZONES += ["America/St_Johns", "Australia/Lord_Howe", "Pacific/Apia"]
AROUND_CHANGES = st.one_of(
    *(
        st.datetimes(datetime(year, month, 20), datetime(year, month, 31, 23))
        for year in (2025, 2026, 2027)
        for month in (3, 10)
    )
)


@given(zone=st.sampled_from(ZONES), start=AROUND_CHANGES, minutes=st.integers(30, 14 * 60))
def test_length_is_what_passes_and_the_day_is_the_places_own(zone, start, minutes):
    starts = start.replace(second=0, microsecond=0, tzinfo=UTC)
    ends = starts + timedelta(minutes=minutes)
    shift = Shift(
        pk=1,
        starts_at=starts,
        ends_at=ends,
        time_zone=zone,
        title="Night",
        kind="night",
        department=Department(name="X"),
    )
    hours, rest = divmod(minutes, 60)
    length = " ".join(part for part in (f"{hours} h" if hours else "", f"{rest} min" if rest else "") if part)
    duty = duty_of(shift)
    assert duty.length == length
    assert f", {length}" in full_of(shift)
    local = starts.astimezone(ZoneInfo(zone))
    assert duty.hours.startswith(f"{local:%H:%M}–")
    by_clock = ends.astimezone(ZoneInfo(zone)).replace(tzinfo=None) - local.replace(tzinfo=None)
    assert shift.clocks_change == (by_clock != shift.length)
    days = duty_days_of(Week.of(local.date()), [shift])
    assert [day.date for day in days if day.duties] == [local.date()]
