"""The list of a reader's tasks: from every system, in pages, counted wherever the reader is."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from plugins.tasks.lists import lists_of
from plugins.tasks.models import Task
from plugins.tasks.queries import counts_of
from plugins.tasks.tests.samples import day, document, html, task
from portal.testing.adapters import deliver

PAGE, API = "/app/tasks/", "/api/v1/tasks/"

# The list


def test_the_list_is_narrowed_to_one_system_and_says_how_many_each_has(source, as_bob):
    deliver(
        source,
        document(task("a"), task("b", system="learning"), task("c", system=""), task("d", system="ehr", state="done")),
    )
    shown = html(as_bob, PAGE)
    for chip in ("All systems (3)", "ehr (1)", "learning (1)", "integration (1)"):
        assert chip in shown
    narrowed = html(as_bob, f"{PAGE}?system=learning")
    assert "Task b" in narrowed
    assert "Task a" not in narrowed
    assert "Task c" in html(as_bob, f"{PAGE}?system=integration")
    assert "No tasks from there" in html(as_bob, f"{PAGE}?system=nowhere%00%27")
    assert as_bob.get(API, {"system": "integration"}).json()["count"] == 1
    assert as_bob.get(API, {"system": "nowhere\x00"}).json()["count"] == 0


def test_a_long_list_comes_in_pages_and_counts_all(source, as_bob):
    deliver(source, document(*[task(f"t{n:03}", due=day(1)) for n in range(105)], task("late", due=day(-1))))
    first, second = html(as_bob, PAGE), html(as_bob, f"{PAGE}?page=2")
    assert "Task late" in first
    assert "Task t000" in first
    assert "Task t104" not in first
    assert "Task t104" in second
    assert "106 open" in first
    assert '<span class="muted num">105</span>' in first
    assert '<span class="muted num">105</span>' in second
    assert "Task t104" in html(as_bob, f"{PAGE}?page=99999")


def test_of_what_was_done_the_newest_are_shown_and_that_is_told(source, as_bob):
    deliver(source, document(*[task(f"t{n}", state="done", updated=None) for n in range(35)]))
    assert "the newest 30 are shown" in html(as_bob, PAGE)


@pytest.mark.parametrize("zone", ["Europe/Tallinn", "America/Los_Angeles", "Pacific/Kiritimati"])
@pytest.mark.parametrize("now", ["2026-03-29 00:30+02:00", "2026-10-25 03:30+03:00", "2026-10-25 23:30+02:00"])
def test_due_and_late_are_counted_as_listed_wherever_the_reader_is(source, bob, at, zone, now):
    moment = at(now)
    hours = (-49, -25, -1, 1, 5, 20, 23, 24, 25, 49)
    with timezone.override("Europe/Tallinn"):
        times = [task(f"h{n}", due=(moment + timedelta(hours=n)).isoformat()) for n in hours]
        days = [task(f"d{n}", due=(moment.date() + timedelta(days=n)).isoformat()) for n in (-1, 0, 1)]
        deliver(source, document(*times, *days, task("none", due=None)))
    with timezone.override(zone):
        mine = Task.objects.of(bob)
        lists, counts = lists_of(mine), counts_of(mine, moment)
        assert (len(lists.late), len(lists.today), len(lists.later)) == (counts.late, counts.today, counts.later)
        assert counts.open == 14
        today = timezone.localdate(moment)
        at_times = [one for one in mine if one.due_at]
        right = [one for one in at_times if one.due_at >= moment and timezone.localdate(one.due_at) == today]
        shown = {row.id for row in lists.today}
        assert {f"task-{one.pk}" for one in right} == {
            one for one in shown if one in {f"task-{t.pk}" for t in at_times}
        }


def test_a_time_after_midnight_is_due_on_the_day_it_has_where_the_reader_is(source, bob, at):
    at("2026-11-24 22:00+02:00")
    with timezone.override("Europe/Tallinn"):
        deliver(source, document(task("night", due="2026-11-24T22:30:00Z")))  # half past midnight in Tallinn
        assert len(lists_of(Task.objects.of(bob)).later) == 1
    with timezone.override("UTC"):
        assert len(lists_of(Task.objects.of(bob)).today) == 1
