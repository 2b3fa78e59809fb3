"""A department's week, told twice from one reading: person by person as a table, day by day where that is too wide."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.utils import timezone
from django.utils.translation import gettext as _

from plugins.rosters.duties import Duty, duty_of
from plugins.rosters.models import Shift
from plugins.rosters.week import Day, Week, days_of
from portal.people.models import Person


@dataclass(frozen=True)
class Line:
    """One row of the table: a person's week, or the open shifts'."""

    name: str
    person: Person | None
    is_open: bool
    days: list[Day]


@dataclass(frozen=True)
class Turn:
    """Shifts of one day that are alike but for who works them. `duty` is the first of them, for what they share."""

    duty: Duty
    shifts: list[Shift]


@dataclass(frozen=True)
class TeamDay:
    """`turns` by their beginning; `free` are the names of those who work on other days of that week."""

    date: date
    today: bool
    turns: list[Turn]
    free: list[str]


@dataclass(frozen=True)
class TeamWeek:
    """False without a shift. `days`: from today on, of another week all seven; `earlier`: what is over of this one."""

    lines: list[Line]
    days: list[TeamDay]
    earlier: list[TeamDay]

    def __bool__(self) -> bool:
        return bool(self.lines)


def team_week_of(week: Week, shifts: Iterable[Shift]) -> TeamWeek:
    """`shifts` as `queries.team_shifts` gives them, by their beginning; no query."""
    within = [shift for shift in shifts if shift.starts.date() in week.days]
    lines = _lines_of(week, within)
    days = _team_days_of(week, within, lines)
    today = timezone.localdate()
    over = [day for day in days if today in week.days and day.date < today]
    return TeamWeek(lines, days[len(over) :], over)


def _lines_of(week: Week, shifts: Sequence[Shift]) -> list[Line]:
    """People by name, open shifts last; only who has something that week."""
    rows: dict[tuple[bool, str, int], list[Shift]] = {}
    for shift in shifts:
        rows.setdefault((shift.is_open, shift.who, shift.person_id or 0), []).append(shift)
    return [
        Line(who or _("Open shifts"), found[0].person, is_open, days_of(week, found))
        for (is_open, who, _pk), found in sorted(
            rows.items(), key=lambda row: (row[0][0], row[0][1].casefold(), row[0][2])
        )
    ]


def _team_days_of(week: Week, shifts: Iterable[Shift], lines: Sequence[Line]) -> list[TeamDay]:
    by_day: dict[date, list[Shift]] = {day: [] for day in week.days}
    for shift in shifts:
        by_day[shift.starts.date()].append(shift)
    today = timezone.localdate()
    return [
        TeamDay(day, day == today, _turns_of(found), _free_on(number, lines))
        for number, (day, found) in enumerate(by_day.items())
    ]


def _turns_of(shifts: Iterable[Shift]) -> list[Turn]:
    """Of those that begin together first what is worked, people by name, then what nobody works, then what is off."""
    turns: dict[tuple[object, ...], Turn] = {}
    for shift in sorted(shifts, key=_place_of):
        duty = duty_of(shift)
        alike = (shift.starts_at, shift.ends_at, duty.tint, duty.label, duty.state, shift.title, *duty.notes)
        turns.setdefault(alike, Turn(duty, [])).shifts.append(shift)
    return list(turns.values())


def _place_of(shift: Shift) -> tuple[object, ...]:
    return shift.starts_at, not shift.stands, shift.is_open, shift.who.casefold(), shift.pk


def _free_on(number: int, lines: Iterable[Line]) -> list[str]:
    return [line.name for line in lines if not line.is_open and not line.days[number].shifts]
