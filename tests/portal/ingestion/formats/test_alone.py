"""A row of a workbook as people edit it is the row that it was, whatever its cells are."""

from __future__ import annotations

import io
from datetime import date, datetime, time
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.ingestion.adapter import CannotFix
from portal.ingestion.formats.rows import line_of
from portal.ingestion.formats.values import Values
from portal.ingestion.models import Source
from tests.portal.ingestion.formats.things import XLSX, ThingRow, read, sheet

HEADER = ["id", "text", "number", "day", "moment", "due", "clock"]
TEXTS = st.text(st.characters(min_codepoint=32, max_codepoint=0x2FFF, exclude_categories=["Cs", "Cc"]), max_size=20)
MOMENTS = st.datetimes(datetime(1971, 1, 1), datetime(2900, 1, 1)).map(lambda moment: moment.replace(microsecond=0))
DAYS = st.dates(date(1971, 1, 1), date(2900, 1, 1))
NUMBERS = st.one_of(st.integers(-(10**14), 10**14), st.decimals(-(10**6), 10**6, places=4).map(float))


def alone(cells, delivered, **how):
    """The row as it is shown, taken for a mended one and read again."""
    text = line_of(cells)
    return read("xlsx", XLSX.alone(text, io.BytesIO(delivered), Source(settings=how)), **how)


@pytest.mark.parametrize("locale", ["", "de", "en", "et", "fr"])
@settings(max_examples=25, deadline=None)
@given(
    row=st.tuples(
        TEXTS.map(lambda text: f"x{text}y"),
        TEXTS.filter(lambda text: not text.startswith("=")),  # which the test's own workbook would hold as a formula
        NUMBERS,
        DAYS,
        MOMENTS,
        st.one_of(DAYS, MOMENTS),
        st.times().map(lambda clock: clock.replace(microsecond=0)),
    )
)
def test_any_row_comes_back_as_it_was(locale, row):
    delivered, how = sheet(HEADER, row), {"locale": locale} if locale else {}
    values = Values(XLSX.settings_model(**how))
    assert alone([values.spelled(cell) for cell in row], delivered, **how) == read("xlsx", delivered, **how)


def test_numbers_are_written_as_the_source_writes_them_and_days_by_iso_8601():
    values = Values(XLSX.settings_model(locale="de"))
    cells = [1234.5, 7, True, None, datetime(2026, 11, 24), datetime(2026, 11, 24, 7, 30), time(7, 30), "1.234"]
    assert [values.spelled(cell) for cell in cells] == [
        "1234,5", "7", "True", "", "2026-11-24", "2026-11-24T07:30:00", "07:30:00", "1.234"
    ]  # fmt: skip
    row = ["a", "1.234", "1.234,5", "2026-12-01", "24.12.2026 14:30", "24.12.2026", "7:30"]
    [made] = alone(row, sheet(HEADER, row), locale="de", time_zone="UTC")
    assert (made.text, made.number, made.day) == ("1.234", Decimal("1234.5"), date(2026, 12, 1))
    assert (made.due, made.clock) == (date(2026, 12, 24), time(7, 30))


@pytest.mark.parametrize("text", ["=1+1", "#DIV/0!", "2026-99-99", "1234-01-01", "007", "@cmd", "TRUE"])
def test_a_text_stays_a_text(text):
    assert alone(["a", text], sheet(["id", "text"], ["a", "b"])) == [ThingRow("a", text)]


def test_the_head_of_its_file_and_the_rows_to_pass_over_count():
    delivered = sheet(["List"], [], ["nr", "Text"], ["-", "unit"], ["a", "b"], title="Figures")
    how = {"header_row": 3, "skip_rows": 1, "sheet": "Figures", "columns": {"id": "nr"}}
    assert alone(["a", "c"], delivered, **how) == [ThingRow("a", "c")]
    how = {"header_row": 0, "columns": {"id": 1, "text": 3}}
    assert alone(["a", "", "c"], sheet(["a", "", "b"]), **how) == [ThingRow("a", "c")]


@pytest.mark.parametrize(
    ("line", "said"),
    [("a", "has 1 cells, the row of the columns 2"), ("a,b,c", "3 cells"), ("a,b\x07", "control character"),
     (f"a,{'x' * 40_000}", "at most 32767"), ('a,"b', "not a row of CSV"), ("a,b\nc,d", "there are 2")],
)  # fmt: skip
def test_what_no_workbook_can_hold_is_told(line, said):
    with pytest.raises(CannotFix, match=said):
        XLSX.alone(line, io.BytesIO(sheet(["id", "text"], ["a", "b"])), Source(settings={}))


def test_a_row_is_laid_out_by_the_columns_of_its_file():
    delivered = sheet(["id", "First", "Last", "unread"], ["a", "b", "c", "d"])
    source = Source(settings={"columns": {"text": ["First", "Last"], "day": ""}})
    cells = XLSX.cells("a,b,c", io.BytesIO(delivered), source)
    assert [(cell.column, cell.fields, cell.text) for cell in cells] == [
        ("id", ["id"], "a"), ("First", ["text"], "b"), ("Last", ["text"], "c"), ("unread", [], "")
    ]  # fmt: skip
    assert XLSX.cells("a,b,c,d,e", io.BytesIO(delivered), source) is None
    assert XLSX.cells("what is no row", io.BytesIO(delivered), source) is None
    unnamed = XLSX.cells(
        "a,,c", io.BytesIO(sheet(["a", "", "b"])), Source(settings={"header_row": 0, "columns": {"id": 1}})
    )
    assert [cell.column for cell in unnamed] == ["column 1", "column 2", "column 3"]
