"""A figure's readings as the rows of a table."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from plugins.kpis.bands import figure, with_unit
from plugins.kpis.cards import aim_of
from plugins.kpis.history import gaps
from plugins.kpis.models import Kpi, Reading


@dataclass(frozen=True)
class TableRow:
    """A reading in the reader's language. `gap_to`: the day before, if readings are missing in between."""

    reading: Reading
    value: str
    state: str
    state_text: str
    target: str
    band: str
    gap_to: date | None


def table_rows(kpi: Kpi, readings: Iterable[Reading]) -> list[TableRow]:
    """Of readings, newest first."""
    readings = list(readings)
    holes = {after: before for before, after in gaps([reading.date for reading in reversed(readings)])}
    return [_row(kpi, reading, holes.get(reading.date)) for reading in readings]


def _row(kpi: Kpi, reading: Reading, gap_to: date | None) -> TableRow:
    aim, value = aim_of(kpi, reading), figure(reading.value)
    low, high = ("" if n is None else with_unit(n, "") for n in (aim.lower, aim.upper))
    return TableRow(
        reading=reading,
        value=with_unit(value, kpi.unit),
        state=aim.state(value),
        state_text=aim.words(value, kpi.unit),
        target="" if aim.target is None else with_unit(aim.target, ""),
        band=f"{low}–{high}" if low or high else "",
        gap_to=gap_to,
    )
