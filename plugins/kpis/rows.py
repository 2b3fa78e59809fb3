"""One row of the CSV file: from cells to checked values, or to what is wrong with it in words."""

from __future__ import annotations

import codecs
import re
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from pydantic import Field, field_validator

from portal.ingestion.adapter import AdapterSettings
from portal.people.models import Department

NEEDED = ("kpi", "date", "value")
NUMBERS = ("value", "target", "lower", "upper")
DIRECTIONS = {"higher": "up", "up": "up", "lower": "down", "down": "down", "none": "none", "": "none"}
NUMBER = re.compile(r"[+-]?[0-9]{1,13}(\.[0-9]+)?")


class CsvSettings(AdapterSettings):
    """`date_format` as Python's strptime reads it; `decimal_comma`: 1.234,5 instead of 1234.5."""

    delimiter: str = Field(default=",", min_length=1, max_length=1)
    decimal_comma: bool = False
    encoding: str = "utf-8-sig"
    date_format: str = Field(default="%Y-%m-%d", min_length=2, max_length=40)

    @field_validator("encoding")
    @classmethod
    def _known(cls, value: str) -> str:
        try:
            codecs.lookup(value)
            "".encode(value)
        except LookupError as error:
            raise ValueError(_("there is no encoding of this name; utf-8 is usual")) from error
        return value


class RowError(ValueError):
    """What is wrong with a row, in words."""


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


def values_of(given: dict[str, str], day: date, settings: CsvSettings, departments: Departments) -> dict[str, Any]:
    """The fields of an item but its name. Raises RowError."""
    numbers = {name: _number(name, given.get(name, ""), settings) for name in NUMBERS}
    if numbers["value"] is None:
        raise RowError(_("value is empty"))
    if numbers["lower"] is not None and numbers["upper"] is not None and numbers["lower"] > numbers["upper"]:
        raise RowError(_("lower %(lower)s is above upper %(upper)s") % numbers)
    direction = given.get("direction", "").lower()
    if direction not in DIRECTIONS:
        raise RowError(_("direction '%(direction)s' is none of up, down, none") % {"direction": direction})
    return {
        "kpi": given["kpi"],
        "name": given.get("name") or given["kpi"],
        "unit": given.get("unit", ""),
        "department": departments.path_of(given.get("department", "")),
        "date": day,
        "direction": DIRECTIONS[direction],
        "owner": given.get("owner", ""),
        "note": given.get("note", ""),
        **numbers,
    }


def _number(name: str, text: str, settings: CsvSettings) -> Decimal | None:
    if not text:
        return None
    plain = re.sub(r"\s", "", text)
    if settings.decimal_comma:
        plain = plain.replace(".", "").replace(",", ".")
    if not NUMBER.fullmatch(plain):
        raise RowError(_("%(name)s '%(text)s' is not a number") % {"name": name, "text": text})
    return round(Decimal(plain), 4)


def day_of(text: str, settings: CsvSettings) -> date:
    """Raises RowError."""
    try:
        return datetime.strptime(text, settings.date_format).date()
    except ValueError as error:
        said = {"date": text, "format": settings.date_format}
        raise RowError(_("date '%(date)s' is not written as %(format)s") % said) from error
