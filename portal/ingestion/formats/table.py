"""Tables: which column holds which field."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.host.settings import setting
from portal.ingestion.adapter import Cell, UnreadablePayload
from portal.ingestion.formats.base import Fields, MappingSettings

# A column by its name in the header row or by its number; several are read as one text.
Column = str | int | list[str | int]
MOST_TOLD = 20


class TableSettings(MappingSettings):
    """`columns`: field -> column, by its name or its number from 1; "" for a field that is not to be read.

    A field that is not mentioned is in the column of its own name. `header_row`: the row with the names of the
    columns, 0 for a table without one. `skip_rows`: so many rows after it (units, say) are passed over.
    """

    columns: dict[Any, Column] = setting(
        {},
        title=gettext_lazy("Columns"),
        help=gettext_lazy(
            'In which column a field is: its name or number. Several are one text: ["First", "Last"]. A field '
            "that is not listed is in the column of its own name; one with nothing beside it is not read."
        ),
    )
    header_row: int = setting(
        1,
        title=gettext_lazy("Row with the names"),
        help=gettext_lazy("What is above is passed over. 0: there is none, columns go by number."),
        ge=0,
        le=1000,
    )
    skip_rows: int = setting(
        0,
        title=gettext_lazy("Rows to pass over"),
        help=gettext_lazy("So many after the row with the names: units, say."),
        ge=0,
        le=1000,
    )


class Columns:
    """Where the fields are in one table."""

    def __init__(self, settings: TableSettings, wanted: Fields, header: Sequence[str]) -> None:
        """`header`: the cells of the header row, empty without one. Raises UnreadablePayload: a column is not there."""
        self._settings, self._header = settings, header
        self._places = _places(header)
        self._fixed: Mapping[str, Any] = settings.fixed
        self._single: list[tuple[str, int]] = []
        self._joined: list[tuple[str, list[int]]] = []
        for name in wanted.types:
            self._find(name, needed=name in wanted.needed and name not in settings.fixed)
        found = [index for _name, index in self._single] + [i for _name, many in self._joined for i in many]
        self.width = len(header) or max(found, default=-1) + 1

    def _find(self, name: str, *, needed: bool) -> None:
        column = self._settings.columns.get(name)
        if column is None:
            place = self._places.get(_key(name))
            if place is not None:
                self._single.append((name, self._only(name, place)))
            elif needed:
                self._refuse(name)
        elif isinstance(column, list):
            self._joined.append((name, [self._index(one) for one in column]))
        elif column != "":
            self._single.append((name, self._index(column)))

    def _index(self, column: str | int) -> int:
        if isinstance(column, str) and (place := self._places.get(_key(column))) is not None:
            return self._only(column, place)
        number = int(column) if isinstance(column, int) or (column.isascii() and column.isdigit()) else 0
        if number < 1 or (self._header and number > len(self._header)):
            self._refuse(str(column))
        return number - 1

    def _only(self, column: str, places: list[int]) -> int:
        if len(places) > 1:
            said = {"column": column, "row": self._settings.header_row}
            raise UnreadablePayload(_("Row %(row)d names the column %(column)s twice; give its number instead.") % said)
        return places[0]

    def _refuse(self, column: str) -> None:
        said = {
            "column": column,
            "row": self._settings.header_row,
            "there": ", ".join(filter(None, self._header[:MOST_TOLD])) or "-",
        }
        raise UnreadablePayload(
            _("There is no column %(column)s; row %(row)d has: %(there)s. Set the columns of the source.") % said
        )

    def given(self, cells: Sequence[Any]) -> dict[str, Any]:
        """Field -> cell; what is beyond the end of a row is not there."""
        found = dict(self._fixed)
        count = len(cells)
        for name, index in self._single:
            if index < count:
                found[name] = cells[index]
        for name, many in self._joined:
            texts = (str(cells[index]).strip() for index in many if index < count and cells[index] is not None)
            found[name] = " ".join(filter(None, texts))
        return found

    def cells(self, texts: Sequence[str]) -> list[Cell] | None:
        """The texts of a row by column, as many as there are columns; None for what is no row of this table."""
        width = len(self._header) or max(self.width, len(texts))
        if len(texts) > width or (len(texts) == 1 < width):
            return None
        by_column: dict[int, list[str]] = {}
        for name, many in [*((name, [index]) for name, index in self._single), *self._joined]:
            for index in many:
                by_column.setdefault(index, []).append(name)
        padded = [*texts, *[""] * (width - len(texts))]
        return [Cell(self._called(index), by_column.get(index, []), text) for index, text in enumerate(padded)]

    def _called(self, index: int) -> str:
        named = self._header[index] if index < len(self._header) else ""
        return named or _("column %(number)d") % {"number": index + 1}


def _key(name: str) -> str:
    return " ".join(name.casefold().split())


def _places(header: Sequence[str]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for index, name in enumerate(header):
        found.setdefault(_key(name), []).append(index)
    found.pop("", None)
    return found
