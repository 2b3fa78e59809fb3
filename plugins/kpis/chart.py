"""The geometry of a figure's chart: its readings over target and band, with a scale. Drawn by a template."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby

from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from plugins.kpis.bands import Number, with_unit
from plugins.kpis.history import History, Point, gaps
from plugins.kpis.models import Kpi
from portal.moments import in_words

WIDTH, HEIGHT = 660, 220
LEFT, TOP, BOTTOM, RIGHT = 48, 16, 192, 648
LINES = 4
MONTHS = 4
A_YEAR = timedelta(days=400)


@dataclass(frozen=True)
class Mark:
    """A place on an axis with its words; places are text, so that no language puts a comma in them."""

    at: str
    text: str
    text_at: str


@dataclass(frozen=True)
class Spot:
    """A reading in the chart, and all of it in words."""

    x: str
    y: str
    text: str
    noted: bool
    missing: bool


@dataclass(frozen=True)
class Area:
    """A stretch of time with the same band (`height`) or the same target (no height), of which `y` is the top."""

    x: str
    y: str
    width: str
    height: str = ""


@dataclass(frozen=True)
class Chart:
    """Coordinates in a view box of 660 by 220. `lines`: one up to each gap; `title` and `text`: all in words."""

    title: str
    text: str
    lines: list[str]
    spots: list[Spot]
    scale: list[Mark]
    months: list[Mark]
    bands: list[Area]
    targets: list[Area]

    @property
    def has_notes(self) -> bool:
        return any(spot.noted for spot in self.spots)

    @property
    def has_missing(self) -> bool:
        return any(spot.missing for spot in self.spots)


class _Plane:
    """Where a day and a value are."""

    def __init__(self, days: Sequence[date], ticks: Sequence[Number]) -> None:
        self.first, self.span = days[0], (days[-1] - days[0]).days or 1
        self.low, self.range = ticks[0], ticks[-1] - ticks[0]

    def x(self, day: date) -> float:
        return LEFT + (day - self.first).days / self.span * (RIGHT - LEFT)

    def y(self, value: Number) -> float:
        return BOTTOM - (value - self.low) / self.range * (BOTTOM - TOP)


def line_chart(kpi: Kpi, history: History) -> Chart | None:
    """Of a history; None below two readings, of which no line can be drawn."""
    points = history.points
    if len(points) < 2:
        return None
    ticks = _ticks(points)
    plane = _Plane([point.day for point in points], ticks)
    # Of a thinned line nobody can tell what is missing.
    holes = gaps([point.day for point in points]) if history.of == 1 else []
    return Chart(
        title=_("%(name)s over time") % {"name": kpi.name},
        text=_described(kpi, history, holes),
        lines=list(_lines(points, plane, {before for before, _after in holes})),
        spots=[_spot(kpi, point, plane) for point in points],
        scale=[_on_scale(tick, plane) for tick in ticks],
        months=_months([point.day for point in points], plane),
        bands=list(_bands(points, plane)),
        targets=list(_targets(points, plane)),
    )


def _ticks(points: Sequence[Point]) -> list[Number]:
    """About four round numbers that hold all values and aims between the first and the last."""
    aims = [n for p in points for n in (p.aim.target, p.aim.lower, p.aim.upper) if n is not None]
    values = [point.value for point in points] + aims
    low, high = min(values), max(values)
    raw = ((high - low) or abs(high) or 1) / LINES
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= raw * 0.999)
    first, last = math.floor(low / step), math.ceil(high / step)
    last = max(last, first + 1)
    return [_tidy(n * step) for n in range(first, last + 1)]


def _tidy(value: float) -> Number:
    value = round(value, 6)
    return int(value) if value == int(value) else value


def _on_scale(tick: Number, plane: _Plane) -> Mark:
    y = plane.y(tick)
    return Mark(f"{y:.1f}", str(formats.localize(tick)), f"{y + 4:.1f}")


def _lines(points: Iterable[Point], plane: _Plane, ends: set[date]) -> Iterator[str]:
    line: list[str] = []
    for point in points:
        line.append(f"{plane.x(point.day):.1f},{plane.y(point.value):.1f}")
        if point.day in ends:
            yield " ".join(line)
            line = []
    yield " ".join(line)


def _spot(kpi: Kpi, point: Point, plane: _Plane) -> Spot:
    said = [with_unit(point.value, kpi.unit), point.aim.words(point.value, kpi.unit)]
    said += [_("no longer delivered")] if point.missing else []
    said += [_("note: %(text)s") % {"text": point.note}] if point.note else []
    text = f"{in_words(point.day)}: {', '.join(part for part in said if part)}"
    return Spot(f"{plane.x(point.day):.1f}", f"{plane.y(point.value):.1f}", text, bool(point.note), point.missing)


def _stretches(points: Sequence[Point], aims: Sequence[object]) -> Iterator[tuple[int, int]]:
    """(first, one after the last) of the points between which the same was aimed at."""
    start = 0
    for _aim, same in groupby(aims):
        count = len(list(same))
        yield start, min(start + count, len(points) - 1)
        start += count


def _bands(points: Sequence[Point], plane: _Plane) -> Iterator[Area]:
    """Where values are well, day by day as it was then; what has one limit only is open on the other side."""
    for first, last in _stretches(points, [(p.aim.lower, p.aim.upper) for p in points]):
        aim = points[first].aim
        if aim.lower is None and aim.upper is None:
            continue
        top = plane.y(aim.upper) if aim.upper is not None else TOP
        bottom = plane.y(aim.lower) if aim.lower is not None else BOTTOM
        x, end = plane.x(points[first].day), plane.x(points[last].day)
        yield Area(f"{x:.1f}", f"{top:.1f}", f"{end - x:.1f}", f"{bottom - top:.1f}")


def _targets(points: Sequence[Point], plane: _Plane) -> Iterator[Area]:
    for first, last in _stretches(points, [p.aim.target for p in points]):
        target = points[first].aim.target
        if target is not None:
            x, end = plane.x(points[first].day), plane.x(points[last].day)
            yield Area(f"{x:.1f}", f"{plane.y(target):.1f}", f"{end:.1f}")


def _months(days: Sequence[date], plane: _Plane) -> list[Mark]:
    """A few of the days, evenly spread, named shortly; with the year where there are several."""
    picked = [days[round(n * (len(days) - 1) / MONTHS)] for n in range(MONTHS + 1)] if len(days) > MONTHS else days
    form = "M Y" if days[-1] - days[0] > A_YEAR else "j M"
    marks = []
    for day in sorted(set(picked)):
        x = min(max(plane.x(day), LEFT + 14), RIGHT - 14)
        marks.append(Mark(f"{x:.1f}", formats.date_format(day, form), "214"))
    return marks


def _described(kpi: Kpi, history: History, holes: Sequence[tuple[date, date]]) -> str:
    """What the line says: where it begins and ends, how far it went, and what is not in it."""
    points = history.points
    first, last = points[0], points[-1]
    lowest, highest = min(points, key=lambda p: p.value), max(points, key=lambda p: p.value)
    said = _(
        "%(count)d readings, from %(first)s (%(from)s) to %(last)s (%(to)s); lowest %(low)s, highest %(high)s."
    ) % {
        "count": history.read,
        "first": with_unit(first.value, kpi.unit),
        "from": in_words(first.day),
        "last": with_unit(last.value, kpi.unit),
        "to": in_words(last.day),
        "low": with_unit(lowest.value, kpi.unit),
        "high": with_unit(highest.value, kpi.unit),
    }
    missing = len(holes)
    if missing:
        said += " " + ngettext(
            "Readings are missing in %(count)d place.", "Readings are missing in %(count)d places.", missing
        ) % {"count": missing}
    return f"{said} {shortened(history)}".strip()


def shortened(history: History) -> str:
    """What of the readings is not drawn, in words; "" if all are."""
    said = []
    if history.of > 1:
        said.append(_("Of every %(of)d readings the lowest and the highest are drawn.") % {"of": history.of})
    if history.cut:
        said.append(_("Only the newest %(count)d readings are drawn.") % {"count": history.read})
    return " ".join(said)
