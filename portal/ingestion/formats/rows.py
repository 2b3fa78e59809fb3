"""A row of a table as people read and edit it: one line of CSV (RFC 4180) with commas, whatever the file was."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from django.utils.translation import gettext as _

from portal.ingestion.adapter import CannotFix


def line_of(cells: Sequence[str]) -> str:
    """The cells as one line; `cells_of` reads it back."""
    line = io.StringIO()
    csv.writer(line).writerow(cells)
    return line.getvalue().removesuffix("\r\n")


def cells_of(text: str) -> list[str]:
    """The cells of the one line. Raises CannotFix."""
    try:
        rows = [row for row in csv.reader(io.StringIO(text, newline=""), strict=True) if row]
    except csv.Error as error:
        raise CannotFix(_("This is not a row of CSV (%(error)s).") % {"error": error}) from error
    if len(rows) != 1:
        raise CannotFix(_("Give one row; there are %(number)d.") % {"number": len(rows)})
    return rows[0]
