"""A figure's past: the readings of a period, as few of them as can be drawn, and what is missing between them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from plugins.kpis.bands import Aim, Number, figure, number
from plugins.kpis.models import Kpi

# What a reader may choose; None is everything there is.
PERIODS: dict[str, tuple[str | Promise, timedelta | None]] = {
    "quarter": (_("3 months"), timedelta(days=92)),
    "year": (_("1 year"), timedelta(days=366)),
    "all": (_("All"), None),
}
DEFAULT = "year"
MOST_READ = 5_000  # readings a chart is made of: of a longer history the newest
MOST_DRAWN = 400
MOST_NOTES = 40
# Of the distances between readings, nine of ten are not longer than usual; half as much again is a gap.
USUAL, LONGER = 0.9, 1.5


@dataclass(frozen=True)
class Point:
    """A reading to be drawn, with what was aimed at on its day. `missing`: its source no longer has it."""

    day: date
    value: Number
    aim: Aim
    note: str = ""
    missing: bool = False


@dataclass(frozen=True)
class History:
    """Points, oldest first. `read` is how many readings they stand for, `of` the length of a stretch they come from:
    of each the lowest and the highest are drawn, 1 is every reading. `cut`: older readings were left out.
    """

    points: list[Point] = field(default_factory=list)
    read: int = 0
    of: int = 1
    cut: bool = False


def since(period: str, latest: date) -> date | None:
    """The day after which the period's readings are; None for all. An unknown period is the default one."""
    span = PERIODS.get(period, PERIODS[DEFAULT])[1]
    return None if span is None else latest - span


def history_of(kpi: Kpi, after: date | None) -> History:
    """What a chart is drawn from; one query."""
    rows = kpi.readings.order_by("-date")
    if after is not None:
        rows = rows.filter(date__gt=after)
    names = ("date", "value", "target", "lower", "upper", "note", "own_note__text", "missing_since")
    found = [_point(kpi, row) for row in rows.values_list(*names)[: MOST_READ + 1]]
    points = found[:MOST_READ][::-1]
    drawn, of = thinned(points)
    return History(drawn, len(points), of, len(found) > MOST_READ)


def _point(kpi: Kpi, row: tuple[Any, ...]) -> Point:
    day, value, target, lower, upper, note, own, missing = row
    aim = Aim(kpi.direction, number(target), number(lower), number(upper))
    return Point(day, figure(value), aim, " ".join(text for text in (note, own) if text), missing is not None)


def thinned(points: list[Point]) -> tuple[list[Point], int]:
    """(points to draw, length of a stretch): of each stretch the lowest and the highest, so that no peak is lost.

    The first, the last and the newest points with notes stay as well.
    """
    if len(points) <= MOST_DRAWN:
        return points, 1
    of = math.ceil(len(points) / (MOST_DRAWN // 2))
    kept = {0, len(points) - 1}
    for start in range(0, len(points), of):
        stretch = range(start, min(start + of, len(points)))
        kept.add(min(stretch, key=lambda at: points[at].value))
        kept.add(max(stretch, key=lambda at: points[at].value))
    kept.update([at for at, point in enumerate(points) if point.note][-MOST_NOTES:])
    return [points[at] for at in sorted(kept)], of


def gaps(days: Sequence[date]) -> list[tuple[date, date]]:
    """(day before, day after) of each stretch of days, oldest first, in which a reading is missing.

    Measured by the usual distance: a figure that is not read at weekends misses nothing on Sunday.
    """
    pairs = list(pairwise(days))
    spans = [(after - before).days for before, after in pairs]
    if len(spans) < 2:
        return []
    usual = sorted(spans)[max(0, math.ceil(len(spans) * USUAL) - 1)]
    return [pair for pair, span in zip(pairs, spans, strict=True) if span > usual * LONGER]
