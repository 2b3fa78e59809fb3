"""XLSX (ECMA-376) through openpyxl: a row of one sheet an item, formulas by the values that were saved with them."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from typing import Any, BinaryIO

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.host.settings import setting
from portal.ingestion.adapter import CannotFix, UnreadablePayload
from portal.ingestion.formats.archive import check_workbook
from portal.ingestion.formats.base import Fields, Format, Raw, seekable
from portal.ingestion.formats.rows import cells_of, line_of
from portal.ingestion.formats.table import Column, Columns, TableSettings
from portal.ingestion.formats.values import Values

# The library keeps a little of each row until the end of the sheet.
MOST_ROWS = 200_000
MOST_COLUMNS = 500
# What a cell of text may hold; the library would cut off what is longer (ECMA-376, and Excel's own limit).
LONGEST_TEXT = 32_767
FIRST_YEAR = 1900  # of the calendar of workbooks
DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,6})?)?", re.ASCII)


class XlsxSettings(TableSettings):
    """`sheet`: the name of the sheet; by default the first."""

    sheet: str = setting(
        "", title=gettext_lazy("Sheet"), help=gettext_lazy("Its name. Empty: the first."), max_length=100
    )


class Xlsx(Format):
    slug = "xlsx"
    title = gettext_lazy("XLSX")
    content_types = ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "application/zip")
    settings_model = XlsxSettings
    mapping = "columns"
    place = Column

    def rows(self, payload: BinaryIO, settings: XlsxSettings, wanted: Fields) -> Iterator[Raw]:
        file = seekable(payload)
        check_workbook(file)
        book = _opened(file)
        try:
            yield from _rows(_sheet(book, settings.sheet), settings, wanted)
        except UnreadablePayload:
            raise
        except Exception as error:  # the library says of a broken sheet whatever its XML makes it stumble over
            raise _broken(error) from error
        finally:
            book.close()

    def position(self, number: int) -> str:
        return _("row %(row)d") % {"row": number}

    def shown(self, cells: Sequence[Any], values: Values) -> str:
        return line_of([values.spelled(cell) for cell in cells])

    def columns(self, delivered: BinaryIO, settings: XlsxSettings, wanted: Fields) -> Columns:
        return Columns(settings, wanted, self._header(delivered, settings))

    def alone(self, text: str, delivered: BinaryIO, settings: XlsxSettings) -> bytes:
        """A workbook with this one row. A day or a moment of ISO 8601 is one again; numbers are read as the source
        writes them, in texts as in CSV."""
        row = cells_of(text)
        header = self._header(delivered, settings)
        if header and len(row) != len(header):
            said = {"cells": len(row), "columns": len(header)}
            raise CannotFix(_("It has %(cells)d cells, the row of the columns %(columns)d.") % said)
        above = [["-"]] * (settings.header_row - 1)
        below = [["-"]] * settings.skip_rows
        return _written([*above, *([header] if header else []), *below, [_cell(one) for one in row]], settings.sheet)

    def _header(self, delivered: BinaryIO, settings: XlsxSettings) -> list[str]:
        """The names of the columns. Raises UnreadablePayload."""
        file = seekable(delivered)
        check_workbook(file)
        book = _opened(file)
        try:
            return _header(_sheet(book, settings.sheet), settings)
        except UnreadablePayload:
            raise
        except Exception as error:
            raise _broken(error) from error
        finally:
            book.close()


def _opened(file: BinaryIO) -> Any:
    from openpyxl import load_workbook  # here, since most processes never read a spreadsheet

    try:
        return load_workbook(file, read_only=True, data_only=True, keep_links=False)
    except Exception as error:
        raise _broken(error) from error


def _broken(error: Exception) -> UnreadablePayload:
    said = {"error": f"{type(error).__name__}: {error}"[:200]}
    return UnreadablePayload(_("This spreadsheet cannot be read (%(error)s); save it again.") % said)


def _sheet(book: Any, name: str) -> Any:
    sheets = {sheet.title: sheet for sheet in book.worksheets}
    if not sheets or (name and name not in sheets):
        said = {"sheet": name or "1", "there": ", ".join(sheets) or "-"}
        raise UnreadablePayload(_("There is no sheet %(sheet)s; there are: %(there)s.") % said)
    sheet = sheets[name] if name else next(iter(sheets.values()))
    sheet.reset_dimensions()  # what a file says of its own size is often wrong
    return sheet


def _header(sheet: Any, settings: XlsxSettings) -> list[str]:
    """The cells of the row with the names; of a table without one none."""
    first = settings.header_row
    if not first:
        return []
    found = next(sheet.iter_rows(min_row=first, max_row=first, max_col=MOST_COLUMNS, values_only=True), ())
    header = [_shown(cell).strip() for cell in found]
    while header and not header[-1]:
        header.pop()
    if not header:
        raise UnreadablePayload(_("There is no row %(row)d with the columns.") % {"row": first})
    return header


def _rows(sheet: Any, settings: XlsxSettings, wanted: Fields) -> Iterator[Raw]:
    columns = Columns(settings, wanted, _header(sheet, settings))
    first = settings.header_row + settings.skip_rows + 1
    cells = sheet.iter_rows(min_row=first, max_col=columns.width, values_only=True)
    for number, row in enumerate(cells, start=first):
        if number > MOST_ROWS:
            said = {"most": MOST_ROWS}
            raise UnreadablePayload(_("There are more than %(most)d rows; send the table in parts or as CSV.") % said)
        if any(cell is not None and cell != "" for cell in row):
            yield Raw(number, row, columns.given(row))


def _shown(cell: Any) -> str:
    if cell is None:
        return ""
    return cell.isoformat() if isinstance(cell, date | time) else str(cell)


def _cell(text: str) -> Any:
    """What `Values.spelled` wrote: a day, a moment, or a text."""
    try:
        found = (
            datetime.fromisoformat(text) if MOMENT.fullmatch(text) else date.fromisoformat(text) if DAY.fullmatch(text)
            else None
        )  # fmt: skip
    except ValueError:
        return text
    return text if found is None or found.year < FIRST_YEAR else found


def _written(rows: Sequence[Sequence[Any]], sheet: str) -> bytes:
    """A workbook with these rows, in which no text is a formula. Raises CannotFix."""
    from openpyxl import Workbook
    from openpyxl.utils.exceptions import IllegalCharacterError

    book, file = Workbook(), io.BytesIO()
    page = book.active
    page.title = sheet or page.title
    try:
        for number, row in enumerate(rows, start=1):
            for column, value in enumerate(row, start=1):
                cell = page.cell(number, column, _fitting(value))
                if isinstance(value, str) and value:
                    cell.data_type = "s"
    except IllegalCharacterError as error:
        raise CannotFix(_("A cell holds a control character, which no workbook can; take it out.")) from error
    book.save(file)
    return file.getvalue()


def _fitting(value: Any) -> Any:
    """Raises CannotFix."""
    if isinstance(value, str) and len(value) > LONGEST_TEXT:
        raise CannotFix(_("A cell of a workbook has at most %(most)d characters.") % {"most": LONGEST_TEXT})
    return value or None
