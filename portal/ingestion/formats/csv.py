"""CSV (RFC 4180 and what is sent under its name): a row an item."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from itertools import islice
from typing import Any, BinaryIO, Self

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import field_validator, model_validator

from portal.host.settings import setting
from portal.ingestion.adapter import CannotFix, UnreadablePayload
from portal.ingestion.formats.base import Encoding, Fields, Format, Raw, encoding_of
from portal.ingestion.formats.rows import cells_of, line_of
from portal.ingestion.formats.table import Column, Columns, TableSettings
from portal.ingestion.formats.values import Values

LONGEST_LINE = 1024 * 1024
MOST_LINES_A_ROW = 10_000


class CsvSettings(TableSettings):
    """`delimiter`: one character, or "tab". `quote`: one character, "" for files that quote nothing.

    `encoding`: utf-8, windows-1252 and the like; a byte order mark in the file says more than it.
    """

    delimiter: str = setting(
        ",",
        title=gettext_lazy("Delimiter"),
        help=gettext_lazy("Between cells; \\t is a tab."),
        min_length=1,
        max_length=1,
    )
    quote: str = setting(
        '"', title=gettext_lazy("Quote"), help=gettext_lazy("Around cells. Empty: nothing is quoted."), max_length=1
    )
    encoding: Encoding = setting(
        "utf-8-sig",
        title=gettext_lazy("Encoding"),
        help=gettext_lazy("utf-8, windows-1252 and the like. A byte order mark in the file says more than it."),
    )

    @field_validator("delimiter", mode="before")
    @classmethod
    def _tab(cls, value: Any) -> Any:
        return "\t" if value in ("tab", "\\t") else value

    @field_validator("delimiter", "quote")
    @classmethod
    def _printable(cls, value: str) -> str:
        if value in ("\r", "\n", "\x00"):
            raise ValueError(_("a line break stands between rows; choose another character"))
        return value

    @model_validator(mode="after")
    def _different(self) -> Self:
        if self.delimiter == self.quote:
            raise ValueError(_("delimiter and quote are the same character; choose two"))
        return self


class _Lines:
    """The lines of the file, never more of them in memory than one row may have."""

    def __init__(self, text: io.TextIOWrapper) -> None:
        self._text = text
        self.last, self.ended, self.in_row = "\n", False, 0

    def __iter__(self) -> Iterator[str]:
        while line := self._text.readline(LONGEST_LINE):
            self.in_row += 1
            if self.in_row > MOST_LINES_A_ROW or (len(line) == LONGEST_LINE and line[-1] not in "\r\n"):
                raise UnreadablePayload(
                    _("A row of it does not end; perhaps this is not CSV, or a quote is not closed.")
                )
            self.last = line
            yield line
        self.ended = True


class Csv(Format):
    slug = "csv"
    title = gettext_lazy("CSV")
    content_types = ("text/csv", "text/tab-separated-values", "application/csv", "application/vnd.ms-excel")
    settings_model = CsvSettings
    mapping = "columns"
    place = Column

    def rows(self, payload: BinaryIO, settings: CsvSettings, wanted: Fields) -> Iterator[Raw]:
        with closing(self._records(payload, settings)) as records:
            yield from _rows(records, settings, wanted)

    def _records(self, payload: BinaryIO, settings: CsvSettings) -> Generator[Record]:
        """Whoever stops early closes it, before the payload is."""
        buffered = io.BufferedReader(payload)  # type: ignore[type-var]
        encoding = encoding_of(buffered.peek(4)) or settings.encoding
        text = io.TextIOWrapper(buffered, encoding=encoding, newline="")
        try:
            yield from _records(_Lines(text), settings)
        except UnicodeError as error:
            reason = _("This is not text in %(encoding)s; set the encoding of the source.")
            raise UnreadablePayload(reason % {"encoding": encoding}) from error
        finally:
            text.detach()
            buffered.detach()

    def position(self, number: int) -> str:
        return _("row %(row)d") % {"row": number}

    def shown(self, cells: Sequence[str], values: Values) -> str:
        return line_of(cells)

    def columns(self, delivered: BinaryIO, settings: CsvSettings, wanted: Fields) -> Columns:
        head = self._head(delivered, settings)
        return Columns(settings, wanted, [cell.strip() for cell in head[-1]] if head else [])

    def alone(self, text: str, delivered: BinaryIO, settings: CsvSettings) -> bytes:
        """The row is edited as `shown` writes it, with commas, whatever the delimiter of the file is."""
        row = cells_of(text)
        head = self._head(delivered, settings) + [["-"]] * settings.skip_rows
        quoting: Any = (
            {"quotechar": settings.quote} if settings.quote else {"quoting": csv.QUOTE_NONE, "quotechar": None}
        )
        file = io.StringIO()
        try:
            csv.writer(file, delimiter=settings.delimiter, **quoting).writerows([*head, row])
        except csv.Error as error:
            raise CannotFix(_("A file without quotes cannot have its delimiter in a cell.")) from error
        return codecs.BOM_UTF8 + file.getvalue().encode("utf-8", "replace")

    def _head(self, delivered: BinaryIO, settings: CsvSettings) -> list[list[str]]:
        """The rows up to that of the columns. Raises UnreadablePayload."""
        found: list[list[str]] = []
        with closing(self._records(delivered, settings)) as records:
            for number, cells, _problem in islice(records, settings.header_row):
                if number > settings.header_row:
                    break
                found += [["-"]] * (number - 1 - len(found)) + [cells]
        return found


Record = tuple[int, list[str], str]  # its number from 1, the cells, what is wrong with them


def _records(lines: _Lines, settings: CsvSettings) -> Iterator[Record]:
    """All rows but empty ones. A quote out of place costs its row, one that is never closed the file."""
    quoting = {"quotechar": settings.quote} if settings.quote else {"quoting": csv.QUOTE_NONE}
    reader = csv.reader(lines, delimiter=settings.delimiter, strict=True, **quoting)
    number, width = 0, 0
    while True:
        number, lines.in_row = number + 1, 0
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            if lines.ended:
                raise _half(number) from error
            yield number, [lines.last], _("it is not CSV (%(error)s)") % {"error": error}
            continue
        width = width or (len(cells) if number >= settings.header_row else 0)
        if len(cells) < width and lines.last[-1:] not in "\r\n" and any(cells):
            raise _half(number)
        if any(cell and not cell.isspace() for cell in cells):
            yield number, cells, ""


def _half(number: int) -> UnreadablePayload:
    return UnreadablePayload(_("The file ends in the middle of row %(row)d; send it again.") % {"row": number})


def _rows(records: Iterator[Record], settings: CsvSettings, wanted: Fields) -> Iterator[Raw]:
    header: list[str] = []
    columns = None if settings.header_row else Columns(settings, wanted, [])
    for number, cells, problem in records:
        if columns is None:
            if number < settings.header_row:
                continue
            header = [cell.strip() for cell in cells] if number == settings.header_row else []
            columns = Columns(settings, wanted, header)
        elif number > settings.header_row + settings.skip_rows:
            yield _raw(number, cells, problem, columns, len(header))
    if columns is None:
        raise UnreadablePayload(_("There is no row %(row)d with the columns.") % {"row": settings.header_row})


def _raw(number: int, cells: list[str], problem: str, columns: Columns, expected: int) -> Raw:
    if not problem and expected and len(cells) != expected and (len(cells) < expected or any(cells[expected:])):
        said = {"cells": len(cells), "columns": expected}
        problem = _("it has %(cells)d cells, the row of the columns %(columns)d") % said
    return Raw(number, cells, {} if problem else columns.given(cells), problem)
