"""A change to the roster is told to whom it concerns: once a delivery, with the old time and the new."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from plugins.rosters import ical
from plugins.rosters.models import Shift
from plugins.rosters.tests.samples import calendar, cost, event, who
from portal.host import rules
from portal.host.configuring.changes import change_settings
from portal.ingestion import runner
from portal.ingestion.withdrawing import withdraw
from portal.notifications.models import Notification
from portal.notifications.rows import rows_of
from portal.testing.adapters import deliver
from tests import factories

START = "2026-11-23 12:00+02:00"
HER_NIGHT = event("n", "20261128T2100", "20261129T0700", who("alice"), summary="Night shift")
HIS_DAY = event("d", "20261126T0700", "20261126T1530", who("bob"))
OPEN = event("o", "20261127T0700", "20261127T1530")


@pytest.fixture(autouse=True)
def tallinn(settings):
    settings.TIME_ZONE = "Europe/Tallinn"


@pytest.fixture
def rota(source, alice, bob, at):
    """A roster that was delivered once; call it with the next delivery."""
    moments = [at(START)]

    def next_one(*parts: str):
        moments.append(moments[-1] + timedelta(minutes=1))
        return deliver(source, calendar(*parts), sent_at=moments[-1])

    deliver(source, calendar(HER_NIGHT, HIS_DAY, OPEN), sent_at=moments[0])
    assert not Notification.objects.exists()  # the first delivery is no news
    return next_one


def told(person) -> list[str]:
    rows = rows_of(Notification.objects.visible_to(person).order_by("pk"))
    return [f"{row.text}\n{row.detail}".strip() for row in rows]


def test_a_new_shift_is_told_to_whoever_gets_it(rota, alice, bob):
    rota(HER_NIGHT, HIS_DAY, OPEN, event("x", "20261130T1400", "20261130T2200", who("bob"), summary="Late shift"))
    assert told(bob) == ["New: Late shift, Monday 30 November 14:00–22:00"]
    assert told(alice) == []


def test_an_open_shift_that_somebody_got(rota, bob):
    rota(HER_NIGHT, HIS_DAY, OPEN.replace("END:VEVENT", f"{who('bob')}\r\nEND:VEVENT"))
    assert told(bob) == ["New: Day shift, Friday 27 November 07:00–15:30"]


def test_a_moved_shift_says_when_it_was(rota, bob):
    rota(HER_NIGHT, HIS_DAY.replace("20261126T", "20261127T"), OPEN)
    assert told(bob) == ["Moved: Day shift, now Friday 27 November 07:00–15:30, was Thursday 26 November 07:00–15:30"]


def test_a_cancelled_shift_and_one_that_is_gone(rota, alice, bob):
    rota(HIS_DAY.replace("END:VEVENT", "STATUS:CANCELLED\r\nEND:VEVENT"), OPEN)
    assert told(bob) == ["Cancelled: Day shift, Thursday 26 November 07:00–15:30"]
    assert told(alice) == ["No longer yours: Night shift, Saturday 28 November 21:00–07:00"]


def test_a_swap_tells_both(rota, alice, bob):
    rota(HER_NIGHT.replace(who("alice"), who("bob")), HIS_DAY.replace(who("bob"), who("alice")), OPEN)
    assert told(bob) == [
        "2 of your shifts changed\n"
        "No longer yours: Day shift, Thursday 26 November 07:00–15:30\n"
        "New: Night shift, Saturday 28 November 21:00–07:00"
    ]
    assert told(alice) == [
        "2 of your shifts changed\n"
        "New: Day shift, Thursday 26 November 07:00–15:30\n"
        "No longer yours: Night shift, Saturday 28 November 21:00–07:00"
    ]


def test_a_shift_that_comes_back_is_told(rota, bob):
    rota(HER_NIGHT, OPEN)
    rota(HER_NIGHT, HIS_DAY, OPEN)
    assert told(bob)[-1] == "New: Day shift, Thursday 26 November 07:00–15:30"


def test_what_is_the_same_is_no_news(rota, source, bob):
    rota(HER_NIGHT, HIS_DAY, OPEN)
    rota(HER_NIGHT, HIS_DAY.replace("SUMMARY:Day shift", "SUMMARY:Day duty"), OPEN)
    source.settings = {"days_back": 15}  # all is applied again
    source.save()
    assert rota(HER_NIGHT, HIS_DAY, OPEN).counts["changed"] == 3
    assert not Notification.objects.exists()


def test_the_same_shifts_under_other_names_are_no_news(rota, bob):
    rota(*(part.replace("UID:", "UID:again-") for part in (HER_NIGHT, HIS_DAY, OPEN)))
    assert Shift.objects.exclude(missing_since=None).count() == 3
    assert not Notification.objects.exists()


def test_what_is_over_or_far_away_is_no_news(rota, bob, organisation):
    rota(
        HER_NIGHT, HIS_DAY, OPEN,
        event("past", "20261120T0700", "20261120T1530", who("bob")),
        event("far", "20270110T0700", "20270110T1530", who("bob")),
    )  # fmt: skip
    assert told(bob) == []
    change_settings("rosters", organisation, {"told_days": 60}, acting_person=None)
    rota(HER_NIGHT, HIS_DAY, OPEN, event("far", "20270110T0800", "20270110T1530", who("bob")))
    assert told(bob) == ["Moved: Day shift, now Sunday 10 January 08:00–15:30, was Sunday 10 January 07:00–15:30"]


def test_a_day_that_came_into_the_window_is_no_news(source, bob, at):
    now = at(START)
    source.settings = {"days_ahead": 7}
    source.save()
    daily = event("s", "20261123T0700", "20261123T1530", "RRULE:FREQ=DAILY;COUNT=40", who("bob"))
    deliver(source, calendar(daily), sent_at=now)
    later = at("2026-11-24 12:00+02:00")
    assert deliver(source, calendar(daily), sent_at=later).counts["new"] == 1
    assert not Notification.objects.exists()
    assert ical.read_until(source).date().isoformat() == "2026-12-02"


def test_one_delivery_tells_once_however_many_batches_it_has(rota, bob, monkeypatch):
    monkeypatch.setattr(runner, "BATCH", 2)
    more = [event(f"m{n}", f"202612{n:02d}T0700", f"202612{n:02d}T1530", who("bob")) for n in range(1, 8)]
    rota(*more, HER_NIGHT, OPEN)
    (text,) = told(bob)
    assert text.splitlines() == [
        "8 of your shifts changed",
        "No longer yours: Day shift, Thursday 26 November 07:00–15:30",
        "New: Day shift, Tuesday 1 December 07:00–15:30",
        "New: Day shift, Wednesday 2 December 07:00–15:30",
        "New: Day shift, Thursday 3 December 07:00–15:30",
        "New: Day shift, Friday 4 December 07:00–15:30",
        "and 3 more",
    ]


def test_off_at_home_or_for_the_reader_nothing_is_seen_of_it(rota, emergency, bob):
    rota(HER_NIGHT, HIS_DAY.replace("20261126T", "20261127T"), OPEN)
    rules.set_rule("rosters", emergency, rules.OFF, acting_person=None)
    assert told(bob) == []
    rules.set_rule("rosters", emergency, rules.INHERIT, acting_person=None)
    assert len(told(bob)) == 1


def test_who_helped_out_from_elsewhere_is_told_of_what_was_taken(rota, charlie, emergency):
    helping = event("h", "20261126T0700", "20261126T1530", who("charlie"))
    rota(HER_NIGHT, HIS_DAY, OPEN, helping)
    rota(HER_NIGHT, HIS_DAY, OPEN)
    assert [text.partition(":")[0] for text in told(charlie)] == ["New", "No longer yours"]
    rules.set_rule("rosters", emergency, rules.OFF, acting_person=None)
    assert "New" not in "".join(told(charlie))


def test_in_another_zone_the_times_are_those_of_the_place(source, bob, at):
    now = at("2027-03-10 12:00+02:00")
    deliver(source, calendar(OPEN), sent_at=now)
    night = event("z", "20270327T2100", "20270328T0700", who("bob"), zone="Europe/Stockholm", summary="Night shift")
    at("2027-03-20 12:00+02:00")
    deliver(source, calendar(OPEN, night), sent_at=timezone.now())
    assert told(bob) == ["New: Night shift, Saturday 27 March 21:00–07:00"]


def test_it_costs_the_same_however_many_shifts_and_people(source, emergency, at, django_assert_max_num_queries):
    from plugins.rosters.adapters import RosterIcal
    from plugins.rosters.tests.test_adapters import read

    now = at(START)
    people = [factories.person(f"p{n}", departments=[emergency], email=f"p{n}@merekaar.example") for n in range(40)]
    deliver(source, calendar(OPEN), sent_at=now)
    costs = []
    for count in (2, 40):
        shifts = [event(f"{count}-{n}", "20261127T0700", "20261127T1530", who(f"p{n}")) for n in range(count)]
        items = read(calendar(*shifts), source)
        RosterIcal().apply(source, items)
        moved = read(calendar(*(shift.replace("T0700", "T0800") for shift in shifts)), source)
        costs.append(cost(lambda moved=moved: RosterIcal().apply(source, moved)))
        assert Notification.objects.count() >= count
    assert costs[1] <= costs[0] + 2  # SQLite takes fewer rows a statement than there are
    assert len(people) == 40


def test_what_is_withdrawn_is_told_nobody_any_more(rota, source, alice, bob):
    rota(HER_NIGHT, HIS_DAY)
    rota(HER_NIGHT)
    assert Notification.objects.filter(plugin="rosters").exists()
    withdraw(source, acting_person=None)
    assert not Notification.objects.filter(plugin="rosters").exists()
