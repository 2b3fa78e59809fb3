"""Key figures from a CSV file: a row a reading."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from datetime import date
from typing import BinaryIO, cast

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import ValidationError

from plugins.kpis import actions
from plugins.kpis.items import ReadingItem
from plugins.kpis.rows import NEEDED, CsvSettings, Departments, RowError, day_of, values_of
from portal.ingestion.adapter import Adapter, Item, Rejection, UnreadablePayload
from portal.ingestion.checks import describe_error
from portal.ingestion.models import Source


class _Lines:
    """Lines of the file, of which the last one is remembered."""

    def __init__(self, lines: io.TextIOWrapper) -> None:
        self._lines, self.last = lines, "\n"

    def __iter__(self) -> Iterator[str]:
        for line in self._lines:
            self.last = line
            yield line


class _File:
    """A CSV file being read."""

    def __init__(self, lines: _Lines, source: Source, settings: CsvSettings) -> None:
        self._lines, self._settings = lines, settings
        self._departments = Departments(source.department)
        self._header: list[str] = []

    def parts(self) -> Iterator[Item | Rejection]:
        """Items and rejections. Raises UnreadablePayload, csv.Error and UnicodeError."""
        rows = csv.reader(self._lines, delimiter=self._settings.delimiter, strict=True)
        self._header = [name.strip().lower() for name in next(rows, [])]
        self._check_header()
        for number, cells in enumerate(rows, start=2):
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) < len(self._header) and not self._lines.last.endswith(("\n", "\r")):
                said = {"row": number}
                raise UnreadablePayload(_("The file ends in the middle of row %(row)d; send it again.") % said)
            yield self._part(number, cells)

    def _check_header(self) -> None:
        absent = [name for name in NEEDED if name not in self._header]
        if not absent:
            return
        said = {"needed": ", ".join(NEEDED), "absent": absent[0], "delimiter": self._settings.delimiter}
        reason = _("The first row must name %(needed)s, with '%(delimiter)s' between; there is no %(absent)s.")
        raise UnreadablePayload(reason % said)

    def _part(self, row: int, cells: Sequence[str]) -> Item | Rejection:
        given = dict(zip(self._header, (cell.strip() for cell in cells), strict=False))
        name = ""
        try:
            self._check_cells(cells)
            day = day_of(given["date"], self._settings)
            name = f"{given['kpi']}:{day.isoformat()}"
            return ReadingItem(external_id=name, **values_of(given, day, self._settings, self._departments))
        except ValidationError as error:
            reason = describe_error(error)
        except RowError as error:
            reason = str(error)
        raw = self._settings.delimiter.join(cells)
        return Rejection(_("row %(row)d") % {"row": row}, reason, raw, name[:200])

    def _check_cells(self, cells: Sequence[str]) -> None:
        if len(cells) != len(self._header):
            said = {"cells": len(cells), "columns": len(self._header)}
            raise RowError(_("it has %(cells)d cells, the first row has %(columns)d") % said)
        if any("\x00" in cell for cell in cells):
            raise RowError(_("it holds a NUL character"))


class KpiCsv(Adapter):
    slug = "kpis.csv"
    title = gettext_lazy("Key figures from CSV")
    settings_model = CsvSettings
    content_types = ("text/csv", "text/plain", "application/csv")

    def read(self, payload: BinaryIO, source: Source) -> Iterator[Item | Rejection]:
        settings = CsvSettings.model_validate(source.settings)
        text = io.TextIOWrapper(payload, encoding=settings.encoding, newline="")
        try:
            yield from _File(_Lines(text), source, settings).parts()
        except UnicodeError as error:
            said = {"encoding": settings.encoding}
            reason = _("This is not text in %(encoding)s; set the encoding of the source.") % said
            raise UnreadablePayload(reason) from error
        except csv.Error as error:
            raise UnreadablePayload(_("This is not CSV (%(error)s).") % {"error": error}) from error
        finally:
            text.detach()

    def apply(self, source: Source, items: Sequence[Item]) -> None:
        actions.record_readings(source, cast(Sequence[ReadingItem], items))

    def mark_missing(self, source: Source, external_ids: Sequence[str]) -> None:
        pairs = (name.rpartition(":") for name in external_ids)
        actions.mark_readings_missing(source, [(kpi, date.fromisoformat(day)) for kpi, _colon, day in pairs])

    def retarget(self, source: Source) -> None:
        actions.retarget(source)


adapters = [KpiCsv]
