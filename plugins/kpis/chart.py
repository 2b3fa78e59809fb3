"""The geometry of a figure's chart: a line of readings over its band, with a scale. Drawn by a template."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.utils import formats
from django.utils.translation import gettext as _

from plugins.kpis.bands import Number, figure, number, with_unit
from plugins.kpis.models import Kpi, Reading

WIDTH, HEIGHT = 660, 220
LEFT, TOP, BOTTOM, RIGHT = 48, 16, 192, 648
LINES = 4
MONTHS = 4


@dataclass(frozen=True)
class Mark:
    """A place on an axis with its words; places are text, so that no language puts a comma in them."""

    at: str
    text: str
    text_at: str


@dataclass(frozen=True)
class Chart:
    """Coordinates in a view box of 660 by 220. `band`: (y, height); `target`: a y; `label`: all in words."""

    label: str
    line: str
    last: tuple[str, str]
    scale: list[Mark]
    months: list[Mark]
    band: tuple[str, str] | None
    target: str


def line_chart(kpi: Kpi, readings: Sequence[Reading]) -> Chart | None:
    """Of readings, oldest first; None below two, of which no line can be drawn."""
    if len(readings) < 2:
        return None
    values = [figure(reading.value) for reading in readings]
    newest = readings[-1]
    aims = [n for n in (number(newest.lower), number(newest.upper), number(newest.target)) if n is not None]
    ticks = _ticks(min([*values, *aims]), max([*values, *aims]))
    days = [reading.date for reading in readings]
    spots = [f"{_x(day, days)},{_y(value, ticks)}" for day, value in zip(days, values, strict=True)]
    return Chart(
        label=_label(kpi, readings, values),
        line=" ".join(spots),
        last=(_x(days[-1], days), _y(values[-1], ticks)),
        scale=[Mark(_y(t, ticks), str(formats.localize(t)), f"{float(_y(t, ticks)) + 4:.1f}") for t in ticks],
        months=_months(days),
        band=_band(number(newest.lower), number(newest.upper), ticks),
        target=_y(target, ticks) if (target := number(newest.target)) is not None else "",
    )


def _ticks(low: Number, high: Number) -> list[Number]:
    """About four round numbers that hold all values between the first and the last."""
    span = (high - low) or abs(high) or 1
    raw = span / LINES
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= raw * 0.999)
    first, last = math.floor(low / step), math.ceil(high / step)
    last = max(last, first + 1)
    return [_tidy(n * step) for n in range(first, last + 1)]


def _tidy(value: float) -> Number:
    value = round(value, 6)
    return int(value) if value == int(value) else value


def _y(value: Number, ticks: Sequence[Number]) -> str:
    share = (value - ticks[0]) / (ticks[-1] - ticks[0])
    return f"{BOTTOM - share * (BOTTOM - TOP):.1f}"


def _x(day: date, days: Sequence[date]) -> str:
    span = (days[-1] - days[0]).days or 1
    return f"{LEFT + (day - days[0]).days / span * (RIGHT - LEFT):.1f}"


def _band(lower: Number | None, upper: Number | None, ticks: Sequence[Number]) -> tuple[str, str] | None:
    if lower is None or upper is None:
        return None
    top, bottom = _y(upper, ticks), _y(lower, ticks)
    return top, f"{float(bottom) - float(top):.1f}"


def _months(days: Sequence[date]) -> list[Mark]:
    """A few of the days, evenly spread, with their month."""
    picked = [days[round(n * (len(days) - 1) / MONTHS)] for n in range(MONTHS + 1)] if len(days) > MONTHS else days
    marks = []
    for day in sorted(set(picked)):
        x = min(max(float(_x(day, days)), LEFT + 14), RIGHT - 14)
        marks.append(Mark(f"{x:.1f}", formats.date_format(day, "j M"), "214"))
    return marks


def _label(kpi: Kpi, readings: Sequence[Reading], values: Sequence[Number]) -> str:
    return _("%(name)s, %(count)d readings: from %(first)s on %(from)s to %(last)s on %(to)s") % {
        "name": kpi.name,
        "count": len(readings),
        "first": with_unit(values[0], kpi.unit),
        "from": formats.date_format(readings[0].date),
        "last": with_unit(values[-1], kpi.unit),
        "to": formats.date_format(readings[-1].date),
    }
