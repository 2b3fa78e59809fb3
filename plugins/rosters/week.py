"""Seven days from Monday, and the shifts in them as the design's cells."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta

from django.utils import formats, timezone
from django.utils.translation import get_language, pgettext, pgettext_lazy
from django.utils.translation import gettext as _

from plugins.rosters.duties import LABELS, Duty, duty_of, full_of
from plugins.rosters.models import Shift

LETTERS = {
    "day": pgettext_lazy("letter of the day shift", "D"),
    "late": pgettext_lazy("letter of the late shift", "L"),
    "night": pgettext_lazy("letter of the night shift", "N"),
    "other": pgettext_lazy("letter of any other shift", "S"),
}


@dataclass(frozen=True)
class Week:
    """A week of the ISO calendar, by its Monday."""

    monday: date

    @classmethod
    def of(cls, day: date) -> Week:
        return cls(day - timedelta(days=day.weekday()))

    @classmethod
    def read(cls, text: str) -> Week:
        """ "2026-W48"; this week for anything that is not one."""
        year, _sep, number = text.partition("-W")
        try:
            monday = date.fromisocalendar(int(year), int(number), 1)
        except ValueError:
            return cls.of(timezone.localdate())
        return cls(monday) if 2000 <= monday.year <= 2200 else cls.of(timezone.localdate())

    @property
    def text(self) -> str:
        year, number, _day = self.monday.isocalendar()
        return f"{year}-W{number:02d}"

    @property
    def number(self) -> int:
        return self.monday.isocalendar().week

    @property
    def days(self) -> list[date]:
        return [self.monday + timedelta(days=n) for n in range(7)]

    @property
    def sunday(self) -> date:
        return self.monday + timedelta(days=6)

    @property
    def label(self) -> str:
        """Its first and its last day, in the reader's language."""
        form = "j F" if (get_language() or "en").startswith("en") else "MONTH_DAY_FORMAT"
        return f"{formats.date_format(self.monday, form)} – {formats.date_format(self.sunday, form)} {self.sunday.year}"

    @property
    def previous(self) -> Week:
        return Week(self.monday - timedelta(days=7))

    @property
    def next(self) -> Week:
        return Week(self.monday + timedelta(days=7))


@dataclass(frozen=True)
class Cell:
    """One shift as it is drawn: `kind` is its tint, `code` one letter, `full` all of it in words."""

    id: str
    kind: str
    hours: str
    code: str
    label: str
    full: str


@dataclass(frozen=True)
class Day:
    date: date
    today: bool
    shifts: list[Cell] = field(default_factory=list)


def cell_of(shift: Shift) -> Cell:
    starts, ends = shift.starts, shift.ends
    hours = "" if shift.all_day else f"{starts:%H}–{ends:%H}"
    name, full = f"shift-{shift.pk}", full_of(shift)
    if not shift.stands:
        return Cell(name, "open", hours, "×", pgettext("shift", "Removed"), full)
    if shift.is_open:
        return Cell(name, "open", hours, "+", pgettext("shift", "Open"), _("Open: %(shift)s") % {"shift": full})
    return Cell(name, shift.kind, hours, str(LETTERS[shift.kind]), str(LABELS[shift.kind]), full)


@dataclass(frozen=True)
class DutyDay:
    """A day of somebody's own week, with all that is to say of its shifts. `over`: it was before today."""

    date: date
    today: bool
    over: bool
    duties: list[Duty]


def duty_days_of(week: Week, shifts: Iterable[Shift]) -> list[DutyDay]:
    """A shift stands on the day on which it begins, where the work is."""
    today = timezone.localdate()
    days = {day: DutyDay(day, day == today, day < today, []) for day in week.days}
    for shift in shifts:
        if day := days.get(shift.starts.date()):
            day.duties.append(duty_of(shift))
    return list(days.values())


def days_of(week: Week, shifts: Iterable[Shift]) -> list[Day]:
    """A shift stands on the day on which it begins, where the work is."""
    today = timezone.localdate()
    days = {day: Day(day, day == today) for day in week.days}
    for shift in shifts:
        if day := days.get(shift.starts.date()):
            day.shifts.append(cell_of(shift))
    return list(days.values())
