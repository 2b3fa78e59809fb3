"""The demo's rosters are calendars that other software reads, and shifts that people could work."""

from collections import defaultdict
from datetime import date, timedelta
from itertools import pairwise

import pytest
import recurring_ical_events
from icalendar import Calendar

from plugins.rosters.demo.feed import write

TODAY = date(2026, 11, 24)
MONDAY = date(2026, 11, 23)
REST = timedelta(hours=11)


def shifts_by_person(path):
    calendar = Calendar.from_ical(path.read_bytes())
    four_weeks = (MONDAY - timedelta(days=7), MONDAY + timedelta(days=21))
    shifts = defaultdict(list)
    for event in recurring_ical_events.of(calendar).between(*four_weeks):
        person = str(event.get("attendee", "nobody")).removeprefix("mailto:").partition("@")[0]
        shifts[person].append((event["dtstart"].dt, event["dtend"].dt, event["categories"].cats[0]))
    return {person: sorted(items) for person, items in shifts.items()}


@pytest.mark.parametrize("today", [TODAY + timedelta(days=days) for days in (-1, 0, 5)])
def test_liis_works_the_week_of_the_start_page(tmp_path, today):
    shifts = shifts_by_person(write(tmp_path, today)[0])["liis.kask"]
    week = {start.date(): kind for start, _, kind in shifts if 0 <= (start.date() - MONDAY).days < 7}
    days = [str(week.get(MONDAY + timedelta(days=day), "off")) for day in range(7)]
    assert days == ["day", "day", "late", "off", "off", "night", "night"]


def test_everybody_rests_eleven_hours_between_shifts(tmp_path):
    for path in write(tmp_path, TODAY):
        for person, shifts in shifts_by_person(path).items():
            for (_, end, _), (start, _, _) in pairwise(shifts):
                assert person == "nobody" or start - end >= REST, (path.name, person, start)


def test_calendars_use_recurrence_exceptions_and_open_shifts(tmp_path):
    paths = write(tmp_path, TODAY)
    assert len(paths) == 4
    text = b"".join(path.read_bytes() for path in paths).decode()
    for part in ("BEGIN:VTIMEZONE", "RRULE:", "EXDATE;", "RECURRENCE-ID;", "CATEGORIES:night"):
        assert part in text
    assert all("nobody" in shifts_by_person(path) for path in paths)


def test_nights_end_on_the_next_day(tmp_path):
    for path in write(tmp_path, TODAY):
        for shifts in shifts_by_person(path).values():
            for start, end, kind in shifts:
                assert (end.date() - start.date()).days == (1 if kind == "night" else 0)
