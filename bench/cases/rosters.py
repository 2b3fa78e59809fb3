"""What the page "my week" reads of the roster, and the whole page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.utils import timezone

from bench.cases.start_page import get
from bench.cases.timeline import person
from bench.rosters import READER
from plugins.rosters.queries import my_next_shift, my_shifts
from plugins.rosters.week import Week, duty_days_of


def my_week() -> Callable[[], list[int]]:
    """The days of this week with their shifts in words, and the next shift: how many shifts a day has."""
    who, week = person(READER), Week.of(timezone.localdate())

    def operation() -> list[int]:
        days = duty_days_of(week, my_shifts(who, week))
        my_next_shift(who, timezone.now())
        return [len(day.duties) for day in days]

    return operation


def page() -> Callable[[], Any]:
    return get(READER, "/app/rosters/")


def plan() -> Callable[[], list[str]]:
    """How the database finds the week's shifts."""
    from plugins.rosters.models import Shift

    who, week = person(READER), Week.of(timezone.localdate())
    shifts = Shift.objects.of(who).around(week.monday, week.sunday).for_lists()
    return lambda: shifts.explain().splitlines()


CASES = {"my_week": my_week, "page": page, "plan": plan}
