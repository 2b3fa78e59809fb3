"""From a row of a file to a reading."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date as Date
from decimal import Decimal

from django.utils.translation import gettext as _

from plugins.kpis.items import DIGITS, Direction, ReadingItem
from portal.ingestion.formats.mapping import Maker
from portal.ingestion.formats.values import RowError
from portal.ingestion.models import Source
from portal.people.lookup import departments_below
from portal.people.models import Department

DIRECTIONS: dict[str, Direction] = {
    "higher": "up",
    "up": "up",
    "lower": "down",
    "down": "down",
    "none": "none",
    "": "none",
}


@dataclass(slots=True)
class ReadingRow:
    """What a source may give of a reading."""

    kpi: str
    date: Date
    value: Decimal
    name: str = ""
    unit: str = ""
    department: str = ""
    target: Decimal | None = None
    lower: Decimal | None = None
    upper: Decimal | None = None
    direction: str = ""
    owner: str = ""
    note: str = ""
    definition: str = ""


class Departments:
    """The departments a source may speak for: its home and what is below it. One query, at first use."""

    def __init__(self, home: Department) -> None:
        self._home = home
        self._paths: dict[str, str] | None = None

    def path_of(self, text: str) -> str:
        """The path of a department given by path or by a name that is used once. Raises RowError."""
        if not text:
            return ""
        if self._paths is None:
            self._paths = departments_below(self._home)
        name = text.strip("/").lower()
        path = self._paths.get(name)
        if path is None:
            said = {"department": text, "home": self._home.url_path}
            reason = _("department '%(department)s' is not %(home)s or below it; use a path such as that")
            raise RowError(reason % said, awaits_department=name)
        return path


class Readings(Maker[ReadingRow]):
    """Makes readings of rows."""

    def __init__(self, source: Source, settings: object) -> None:
        super().__init__(source, settings)
        self._departments = Departments(source.department)

    def item(self, external_id: str, row: ReadingRow) -> ReadingItem:
        if row.lower is not None and row.upper is not None and row.lower > row.upper:
            raise RowError(_("lower %(lower)s is above upper %(upper)s") % {"lower": row.lower, "upper": row.upper})
        direction = DIRECTIONS.get(row.direction.lower())
        if direction is None:
            raise RowError(_("direction '%(direction)s' is none of up, down, none") % {"direction": row.direction})
        return ReadingItem(
            external_id=external_id,
            kpi=row.kpi,
            name=row.name or row.kpi,
            unit=row.unit,
            department=self._departments.path_of(row.department),
            date=row.date,
            value=round(row.value, DIGITS),
            target=_rounded(row.target),
            lower=_rounded(row.lower),
            upper=_rounded(row.upper),
            direction=direction,
            owner=row.owner,
            note=row.note,
            definition=row.definition,
        )


def _rounded(number: Decimal | None) -> Decimal | None:
    return None if number is None else round(number, DIGITS)
