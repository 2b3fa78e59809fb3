"""What is seen of rosters, by whom, and at what cost."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from plugins.rosters import privacy
from plugins.rosters.models import Shift
from plugins.rosters.slots import briefing, department_week
from plugins.rosters.tests.samples import calendar, cost, event, who
from plugins.rosters.week import Week
from plugins.rosters.widgets import my_week, on_duty
from portal.catalogue.models import Entry
from portal.host import rules
from portal.notifications.actions import mark_read
from portal.testing.adapters import deliver

SCRIPT = "<script>alert(1)</script>"
MINE, PAGE, DUTY, OPEN = (f"/app/rosters/{name}" for name in ("", "team/", "on-duty/", "open/"))
APIS = ["/api/v1/rosters/shifts/", "/api/v1/rosters/on-duty/"]
NOON = "2026-11-24 12:00+02:00"  # a Tuesday


@pytest.fixture(autouse=True)
def tallinn(settings):
    settings.TIME_ZONE = "Europe/Tallinn"
    with timezone.override("Europe/Tallinn"):
        yield


def request_of(rf, person):
    request = rf.get("/")
    request.user = person
    return request


@pytest.fixture
def week(source, bob, alice, at):
    """Bob has an early Tuesday and a Saturday night, Alice the Tuesday too; one shift of Tuesday is open."""
    at("2026-11-23 04:00+02:00")
    body = calendar(
        event("bob-d", "20261124T0700", "20261124T1530", who("bob"), "DESCRIPTION:Nurse\\, triage"),
        event("bob-n", "20261128T2100", "20261129T0700", who("bob"), summary="Night shift"),
        event("alice-d", "20261124T0700", "20261124T1530", who("alice")),
        event("open", "20261124T0700", "20261124T1530"),
    )
    deliver(source, body)
    at(NOON)
    return Week.read("2026-W48")


def test_my_week_has_seven_days_from_monday_and_frames_today(week, bob, rf):
    html = my_week(request_of(rf, bob))
    assert html.count("<li") == 7
    assert html.index("Mon") < html.index("Sun")
    assert html.count('class="is-today"') == 1
    assert '<span class="shift is-day">07–15<small>Day</small></span>' in html
    assert '<span class="shift is-night">21–07<small>Night</small></span>' in html
    assert html.count("is-off") == 5


def test_who_is_on_no_roster_has_no_week(week, charlie, rf):
    assert my_week(request_of(rf, charlie)) == ""
    assert on_duty(request_of(rf, charlie)) == ""
    assert briefing(request_of(rf, charlie)) == []


def test_on_duty_now_says_who_until_when_and_what_is_open(week, bob, rf):
    html = on_duty(request_of(rf, bob))
    assert "Nurse, triage · until 15:30 · you" in html
    assert "Alice Aav" in html
    assert "Day shift is open until 15:30." in html


def test_nobody_is_on_duty_after_the_shift(week, bob, rf, at):
    at("2026-11-24 15:30+02:00")
    assert on_duty(request_of(rf, bob)) == ""


@pytest.mark.parametrize(
    ("clock", "said"),
    [
        ("2026-11-24 12:00+02:00", 'You are on <a href="/app/rosters/">day shift in Emergency</a> until'),
        ("2026-11-24 05:00+02:00", 'You are on <a href="/app/rosters/">day shift in Emergency</a> from'),
        ("2026-11-29 02:00+02:00", 'You are on <a href="/app/rosters/">night shift in Emergency</a> until'),
        ("2026-11-23 12:00+02:00", ""),
    ],
)
def test_the_briefing_says_the_shift_of_the_day(clock, said, week, bob, rf, at):
    at(clock)
    assert "".join(briefing(request_of(rf, bob))).startswith(said)
    assert bool(briefing(request_of(rf, bob))) == bool(said)


def test_the_page_has_weeks_and_a_table_with_open_shifts_dashed(week, as_bob):
    html = as_bob.get(PAGE).content.decode()
    assert "Roster, week 48" in html
    assert "week=2026-W47" in html
    assert "week=2026-W49" in html
    assert "Open shifts" in html
    assert "shift is-open" in html
    assert 'class="scroll-x" tabindex="0" role="region"' in html
    assert "07:00 to 15:30" in html
    following = as_bob.get(PAGE, {"week": "2026-W49"}).content.decode()
    assert "No shifts this week" in following


@pytest.mark.parametrize("week", ["x", "2026-W54", "2026-W00", "99999-W01", "1-W1", "-W", "2026-W48-1", "٢٠٢٦-W٤٨"])
def test_anything_else_is_this_week(week, as_bob, at):
    at(NOON)
    assert "week 48" in as_bob.get(PAGE, {"week": week}).content.decode()


def test_weeks_go_over_the_new_year():
    assert Week.read("2026-W53").next.text == "2027-W01"
    assert Week.read("2027-W01").previous.text == "2026-W53"


def test_the_week_in_which_the_clocks_change_has_every_shift_on_its_day(source, bob, as_bob, rf, at):
    at("2026-10-20 12:00+03:00")
    nights = event("n", "20261024T2100", "20261025T0700", "RRULE:FREQ=DAILY;COUNT=2", who("bob"), summary="Night shift")
    deliver(source, calendar(nights))
    at("2026-10-25 12:00+02:00")
    html = my_week(request_of(rf, bob))
    cells = html.split("<li")[1:]
    assert ["21–07" in cell for cell in cells] == [False] * 5 + [True, True]
    assert 'class="is-today"' in "<li" + cells[6]


def test_outsiders_find_nothing(week, emergency, as_charlie, charlie, rf):
    html = as_charlie.get(PAGE, {"department": emergency.url_path, "week": "2026-W48"}).content.decode()
    assert "Bob" not in html
    assert "No shifts this week" in html
    assert as_charlie.get("/api/v1/rosters/shifts/").json()["count"] == 0
    assert department_week(request_of(rf, charlie), emergency) == ""


def test_off_means_refused_and_hidden_and_on_again_means_back(week, emergency, as_bob, bob, ida, rf):
    rules.set_rule("rosters", emergency, rules.OFF, acting_person=None)
    assert as_bob.get(PAGE).status_code == 403
    assert as_bob.get("/api/v1/rosters/shifts/").status_code == 403
    assert "My week" not in as_bob.get("/").content.decode()
    assert my_week(request_of(rf, bob)) == ""
    assert not Shift.objects.visible_to(ida).exists()
    rules.set_rule("rosters", emergency, rules.INHERIT, acting_person=None)
    assert as_bob.get(PAGE).status_code == 200
    assert "My week" in as_bob.get("/").content.decode()


def test_a26_a_script_in_a_calendar_is_inert_everywhere(source, bob, as_bob, emergency, rf, at):
    at(NOON)
    attendee = f'ATTENDEE;CN="{SCRIPT}":mailto:x@y.example'
    body = calendar(
        event("a", "20261124T0700", "20261124T1530", who("bob"), f"DESCRIPTION:{SCRIPT}", summary=SCRIPT),
        event("b", "20261124T0700", "20261124T1530", attendee),
        event("c", "20261124T0700", "20261124T1530", summary=SCRIPT),
    )
    deliver(source, body)
    assert Shift.objects.count() == 3
    request = request_of(rf, bob)
    html = "".join(as_bob.get(page).content.decode() for page in (PAGE, "/", emergency.get_absolute_url()))
    html += my_week(request) + on_duty(request) + department_week(request, emergency) + "".join(briefing(request))
    assert SCRIPT not in html
    assert "&lt;script&gt;" in html


def test_cancelled_and_removed_shifts_are_said_and_count_as_no_duty(week, source, bob, rf):
    Shift.objects.filter(external_id="bob-d").update(cancelled=True)
    html = my_week(request_of(rf, bob))
    assert "Removed" in html
    assert briefing(request_of(rf, bob)) == []
    assert "until 15:30 · you" not in on_duty(request_of(rf, bob))


def test_the_api_lists_shifts_in_order_with_filters(week, as_bob, bob, emergency):
    answer = as_bob.get("/api/v1/rosters/shifts/").json()
    assert answer["count"] == 4
    first = answer["results"][0]
    assert (first["kind"], first["type"], first["plugin"]) == ("automated", "shift", "rosters")
    assert first["department"] == emergency.url_path
    assert first["starts_at"] == "2026-11-24T07:00:00+02:00"
    mine = as_bob.get("/api/v1/rosters/shifts/", {"mine": "true"}).json()["results"]
    assert [shift["shift"] for shift in mine] == ["day", "night"]
    late = as_bob.get("/api/v1/rosters/shifts/", {"from": "2026-11-26"}).json()["results"]
    assert [shift["shift"] for shift in late] == ["night"]
    assert as_bob.get("/api/v1/rosters/shifts/", {"from": "soon"}).status_code == 400
    assert as_bob.get("/api/v1/rosters/shifts/", {"to": "2026-02-31"}).status_code == 400


def test_the_week_on_a_departments_page_says_where_it_comes_from(week, source, bob, rf, emergency):
    assert "<span>from rota</span>" in department_week(request_of(rf, bob), emergency)


def test_lists_cost_the_same_however_many_shifts(source, bob, as_bob, rf, emergency, settings, at):
    at(NOON)
    settings.FOLKMOOT_STAMP_SECONDS = 3600
    request, costs = request_of(rf, bob), []
    for count in (2, 60):
        shifts = [event(f"e{n}", "20261124T0700", "20261124T1530", who("bob")) for n in range(count)]
        shifts += [event(f"o{n}", "20261125T0700", "20261125T1530") for n in range(count)]
        deliver(source, calendar(*shifts), sent_at=timezone.now() + timedelta(seconds=count))
        mark_read(acting_person=bob)  # else the frame counts what is new
        as_bob.get(PAGE)
        assert cost(lambda: my_week(request)) == 1
        assert cost(lambda: on_duty(request)) == 1
        assert cost(lambda: briefing(request)) == 1
        assert cost(lambda: department_week(request, emergency)) == 1
        costs.append([cost(lambda url=url: as_bob.get(url)) for url in (MINE, PAGE, DUTY, OPEN, *APIS)])
    assert costs[0] == costs[1]
    # Of each page the session and the person are two; then the week, the next shift, how fresh they are; the
    # departments, the week, how fresh; what runs and follows, how fresh; what is open, the heads, how fresh.
    assert costs[0][:4] == [5, 5, 4, 5]


def test_export_and_erasure_reach_all_shifts_of_a_person(week, bob, charlie):
    assert [shift["title"] for shift in privacy.export(bob)["shifts"]] == ["Day shift", "Night shift"]
    assert privacy.export(charlie)["shifts"] == []
    assert privacy.erase(bob, acting_person=None) == 2
    assert privacy.export(bob)["shifts"] == []
    assert not Entry.objects.filter(type="shift", title__contains="Bob").exists()
    assert not Entry.objects.filter(type="shift", body__contains="triage").exists()


def test_the_entry_leads_to_its_place_in_the_week(week, as_bob):
    shift = Shift.objects.get(external_id="bob-n")
    url = Entry.objects.get(type="shift", key=str(shift.pk)).url
    assert url.startswith(reverse("rosters:team") + "?week=2026-W48&")
    assert f'id="shift-{shift.pk}"' in as_bob.get(url).content.decode()
