"""XLSX (ECMA-376) through openpyxl: a row of one sheet an item, formulas by the values that were saved with them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, time
from typing import Any, BinaryIO

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.host.settings import setting
from portal.ingestion.adapter import UnreadablePayload
from portal.ingestion.formats.archive import check_workbook
from portal.ingestion.formats.base import Fields, Format, Raw, seekable
from portal.ingestion.formats.table import Column, Columns, TableSettings

# The library keeps a little of each row until the end of the sheet.
MOST_ROWS = 200_000
MOST_COLUMNS = 500


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

    def why_not_fixed(self) -> str:
        return _("A cell of a workbook is more than its text: a number, a day. Mend it there and deliver it again.")

    def shown(self, cells: Sequence[Any]) -> str:
        return "\t".join(_shown(cell) for cell in cells).rstrip("\t")


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


def _rows(sheet: Any, settings: XlsxSettings, wanted: Fields) -> Iterator[Raw]:
    header: list[str] = []
    if settings.header_row:
        first = settings.header_row
        found = next(sheet.iter_rows(min_row=first, max_row=first, max_col=MOST_COLUMNS, values_only=True), ())
        header = [_shown(cell).strip() for cell in found]
        while header and not header[-1]:
            header.pop()
        if not header:
            raise UnreadablePayload(_("There is no row %(row)d with the columns.") % {"row": first})
    columns = Columns(settings, wanted, header)
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
