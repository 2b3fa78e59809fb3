"""How the newest reading stands against earlier ones: the one before, a week before, a year before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import Q
from django.utils import formats
from django.utils.translation import gettext as _

from plugins.kpis.bands import Aim, Number, figure, number, with_unit
from plugins.kpis.models import Kpi, Reading

WEEK = timedelta(days=7)
WEEKS = timedelta(days=364)  # the same day of the week, a year before


@dataclass(frozen=True)
class Comparison:
    """Of now with then, in the reader's language. `verdict`: ok (better), bad (worse) or ""; `words` say the same."""

    label: str
    day: date
    value: str
    change: str
    percent: str
    verdict: str
    words: str


def comparisons(kpi: Kpi, latest: Reading) -> list[Comparison]:
    """With the reading before, the same day of the week before if it is read more often, and of the year before.

    One query. The year before is the same date, else the same day of the week 52 weeks before; without a reading on
    either day there is nothing to compare with.
    """
    week, year = latest.date - WEEK, _year_before(latest.date)
    before = kpi.readings.filter(date__lt=latest.date).order_by("-date").values("date")[:1]
    rows = kpi.readings.filter(Q(date__in=[week, year, latest.date - WEEKS]) | Q(date=before))
    found = {reading.date: reading for reading in rows}
    if not found:
        return []
    previous = max(found)
    wanted = {previous: _("The reading before")}
    if previous > week:
        wanted.setdefault(week, _("A week before"))
    wanted.setdefault(year if year in found else latest.date - WEEKS, _("A year before"))
    return [_compared(kpi, latest, found[day], label) for day, label in wanted.items() if day in found]


def _year_before(day: date) -> date:
    """The same date; of 29 February the day before."""
    return day.replace(year=day.year - 1, day=28 if (day.month, day.day) == (2, 29) else day.day)


def _compared(kpi: Kpi, latest: Reading, then: Reading, label: str) -> Comparison:
    gap = latest.value - then.value
    aim = Aim(kpi.direction, number(latest.target), number(latest.lower), number(latest.upper))
    verdict, words = _verdict(aim, figure(then.value), figure(latest.value))
    return Comparison(
        label=label,
        day=then.date,
        value=with_unit(figure(then.value), kpi.unit),
        change=_signed(gap, kpi.unit) if gap else "",
        percent=_percent(gap, then.value, kpi.unit),
        verdict=verdict,
        words=words,
    )


def _verdict(aim: Aim, then: Number, now: Number) -> tuple[str, str]:
    if now == then:
        return "", _("no change")
    farther = _away(aim, now) - _away(aim, then)
    if farther == 0:
        return "", _("higher") if now > then else _("lower")
    return ("bad", _("worse")) if farther > 0 else ("ok", _("better"))


def _away(aim: Aim, value: Number) -> Number:
    """How far from good: by the direction, else from the band."""
    if aim.direction != "none":
        return value if aim.direction == "down" else -value
    low, high = (aim.lower, aim.upper) if aim.lower is not None or aim.upper is not None else (aim.target, aim.target)
    below = low - value if low is not None and value < low else 0
    return below or (value - high if high is not None and value > high else 0)


def _signed(gap: Decimal, unit: str) -> str:
    """ "+2 min"; of percentages the difference is in points."""
    shown = str(formats.localize(figure(abs(round(gap, 2)))))
    if unit == "%":
        shown = _("%(gap)s points") % {"gap": shown} if abs(gap) != 1 else _("1 point")
    elif unit:
        shown = f"{shown} {unit}"
    return f"{_sign(gap)}{shown}"


def _percent(gap: Decimal, base: Decimal, unit: str) -> str:
    """ "-5.6 %" of what it was; "" of nothing, and of percentages, where it would be taken for the difference."""
    if not base or not gap or unit == "%":
        return ""
    share = round(abs(gap / base) * 100, 1)
    return f"{_sign(gap)}{formats.localize(figure(share))} %"


def _sign(gap: Decimal) -> str:
    return "+" if gap > 0 else "−" if gap < 0 else ""
