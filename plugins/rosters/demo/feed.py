"""Rosters as a rostering system exports them: one iCalendar file per department, four weeks around today.

Each person has one recurring event per shift and week pattern, with EXDATE for leave and RECURRENCE-ID for an
occurrence that was moved to another shift. Nights end on the next day. An open shift has no attendee.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml
from icalendar import Calendar, Event, vCalAddress, vText

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
RULE_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
WEEKS_OF_PATTERN = ((1, 3), (0, 2))  # which of the four weeks follow the first and the second pattern
READ_AT = time(4, 40)


def _address(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return ".".join(re.findall(r"[a-z]+", plain)) + "@merekaar.example"


class Writer:
    """Builds the calendar of one department."""

    def __init__(self, roster: dict[str, Any], shifts: dict[str, Any], today: date) -> None:
        self.roster = roster
        self.shifts = shifts
        self.zone = ZoneInfo(roster["time_zone"])
        self.first = today - timedelta(days=today.weekday() + 7)
        self.stamp = datetime.combine(today, READ_AT, tzinfo=UTC)
        self.calendar = Calendar()
        self.calendar.add("prodid", "-//Merekaar//Rota 4.2//EN")
        self.calendar.add("version", "2.0")
        self.calendar.add("method", "PUBLISH")
        self.calendar.add("x-wr-calname", roster["name"])
        self.calendar.add("x-wr-timezone", roster["time_zone"])

    def moment(self, week: int, day: int, clock: str) -> datetime:
        """A clock time on a day (0 is Monday) of one of the four weeks."""
        when = self.first + timedelta(days=week * 7 + day)
        return datetime.combine(when, time.fromisoformat(clock), tzinfo=self.zone)

    def spot(self, text: str) -> tuple[int, int]:
        """Week and day of "1/Thu"."""
        week, day = text.split("/")
        return int(week), DAYS.index(day)

    def event(self, uid: str, code: str, week: int, day: int) -> Event:
        """An event without recurrence and attendee."""
        shift = self.shifts[code]
        start, end = self.moment(week, day, shift["start"]), self.moment(week, day, shift["end"])
        if end <= start:
            end = self.moment(week, day + 1, shift["end"])
        event = Event()
        event.add("uid", f"{uid}@rota.merekaar.example")
        event.add("dtstamp", self.stamp)
        event.add("dtstart", start)
        event.add("dtend", end)
        event.add("summary", shift["summary"])
        event.add("categories", [shift["category"]])
        event.add("location", self.roster["place"])
        event.add("status", "CONFIRMED")
        return event

    def attend(self, event: Event, person: dict[str, Any]) -> None:
        """Say who works the shift, and as what."""
        attendee = vCalAddress(f"mailto:{_address(person['name'])}")
        attendee.params["CN"] = vText(person["name"])
        attendee.params["PARTSTAT"] = vText("ACCEPTED")
        event.add("attendee", attendee, encode=False)
        event.add("description", person["title"])

    def add_person(self, person: dict[str, Any]) -> None:
        """All recurring shifts of one person."""
        for pattern, weeks in zip(person["weeks"], WEEKS_OF_PATTERN, strict=True):
            for code in sorted(set(pattern) - {"-"}):
                days = [day for day, letter in enumerate(pattern) if letter == code]
                self._add_series(person, code, days, weeks)

    def _add_series(self, person: dict[str, Any], code: str, days: list[int], weeks: tuple[int, int]) -> None:
        # The uid stays the same for a series however often it is exported.
        started = self.first + timedelta(days=weeks[0] * 7)
        uid = f"{self.roster['file']}-{_address(person['name']).split('@')[0]}-{started:%Y%m%d}-{code}"
        event = self.event(uid, code, weeks[0], days[0])
        event.add(
            "rrule",
            {
                "FREQ": "WEEKLY",
                "INTERVAL": weeks[1] - weeks[0],
                "COUNT": len(days) * len(weeks),
                "BYDAY": [RULE_DAYS[day] for day in days],
                "WKST": "MO",
            },
        )
        start = self.shifts[code]["start"]
        for week, day in map(self.spot, person.get("leave", ())):
            if week in weeks and day in days:
                event.add("exdate", self.moment(week, day, start))
        self.attend(event, person)
        self.calendar.add_component(event)
        for text in person.get("moved", ()):
            spot, new_code = text.split()
            week, day = self.spot(spot)
            if week in weeks and day in days:
                moved = self.event(uid, new_code, week, day)
                moved.add("recurrence-id", self.moment(week, day, start))
                moved.add("sequence", 1)
                self.attend(moved, person)
                self.calendar.add_component(moved)

    def add_open(self, shift: dict[str, str]) -> None:
        """A shift that nobody has taken yet."""
        week, day = self.spot(shift["day"])
        when = self.first + timedelta(days=week * 7 + day)
        uid = f"{self.roster['file']}-open-{when:%Y%m%d}-{shift['shift']}"
        event = self.event(uid, shift["shift"], week, day)
        event.add("description", "Open shift")
        self.calendar.add_component(event)


def write(folder: Path, today: date) -> list[Path]:
    """Write one .ics file per department that has a roster."""
    patterns = yaml.safe_load((Path(__file__).parent / "patterns.yaml").read_text(encoding="utf-8"))
    paths = []
    for roster in patterns["rosters"]:
        writer = Writer(roster, patterns["shifts"], today)
        for person in roster["people"]:
            writer.add_person(person)
        for shift in roster["open"]:
            writer.add_open(shift)
        writer.calendar.add_missing_timezones(
            first_date=writer.first - timedelta(days=366), last_date=writer.first + timedelta(days=366)
        )
        path = folder / f"{roster['file']}.ics"
        path.write_bytes(writer.calendar.to_ical())
        paths.append(path)
    return paths
