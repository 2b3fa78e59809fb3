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
            self._paths = self._load()
        path = self._paths.get(text.strip("/").lower())
        if path is None:
            said = {"department": text, "home": self._home.url_path}
            raise RowError(_("department '%(department)s' is not %(home)s or below it; use a path such as that") % said)
        return path

    def _load(self) -> dict[str, str]:
        below = Department.objects.filter(path__startswith=self._home.path)
        rows = list(below.values_list("url_path", "name"))
        names = [name.lower() for _path, name in rows]
        paths = {name.lower(): path for path, name in rows if names.count(name.lower()) == 1}
        return paths | {path.lower(): path for path, _name in rows}


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
