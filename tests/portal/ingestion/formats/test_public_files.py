"""Tables that others test their readers with: each is read or refused in words, and no row of it is lost."""

from __future__ import annotations

import csv
import io
import json
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from portal.ingestion.adapter import UnreadablePayload
from portal.ingestion.formats.base import Fields, Raw, encoding_of
from portal.ingestion.formats.csv import Csv, CsvSettings
from portal.ingestion.formats.json import Json, JsonSettings
from portal.ingestion.formats.settings import ValueSettings
from portal.ingestion.formats.values import Values
from portal.ingestion.formats.xlsx import Xlsx, XlsxSettings
from tests.suites import files

pytestmark = pytest.mark.filterwarnings("ignore:.*:UserWarning:openpyxl")
WANTED = Fields({"text": str}, [])
WIDE = 40  # columns that are read of every sheet


def rows(path: Path, **settings: Any) -> list[Raw]:
    """All rows of a table or a sheet, the header too."""
    form, model = (Xlsx(), XlsxSettings) if path.suffix == ".xlsx" else (Csv(), CsvSettings)
    columns = {"text": WIDE if path.suffix == ".xlsx" else 1}
    how = model(**{"header_row": 0, "columns": columns} | settings)
    return list(form.rows(io.BytesIO(path.read_bytes()), how, WANTED))


def plainly(path: Path, encoding: str, delimiter: str = ",") -> list[list[str]]:
    """The table in one piece, without any rule of ours."""
    text = path.read_bytes().decode(encoding_of(path.read_bytes()[:4]) or encoding)
    found = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), delimiter=delimiter)
    return [cells for cells in found if any(cell.strip() for cell in cells)]


def test_the_csv_acid_test_is_read_as_its_authors_say():
    for path in files("csv-spectrum", "*.csv"):
        if path.stem == "location_coordinates":
            continue  # its JSON has another telephone number than its CSV
        header, *others = [raw.cells for raw in rows(path)]
        found = [dict(zip(header, cells, strict=True)) for cells in others]
        assert found == json.loads((path.parents[1] / "json" / path.with_suffix(".json").name).read_text()), path.name


@pytest.mark.parametrize("package", ["csvkit", "agate", "xlsx2csv"])
def test_every_row_of_every_public_table_is_there(package):
    for path in files(package, "*.csv", "*.tsv"):
        encoding = "latin-1" if "latin1" in path.name else "utf-8"
        delimiter = "\t" if path.suffix == ".tsv" else ","
        found = rows(path, encoding=encoding, delimiter=delimiter)
        assert [raw.cells for raw in found if not raw.problem] == plainly(path, encoding, delimiter), path.name
        assert not any(raw.problem for raw in found), path.name


def test_a_public_table_in_another_encoding_is_refused_and_not_guessed():
    for path in files("csvkit", "test_latin1.csv") + files("agate", "test_latin1.csv"):
        with pytest.raises(UnreadablePayload, match="not text in utf-8"):
            rows(path)


# What the library cannot open is told; the others say "this file has no texts" and go on.
REFUSED = {"formatted_inline_string.xlsx": "no item named 'xl/sharedStrings.xml'"}


@pytest.mark.parametrize("package", ["csvkit", "agate-excel", "xlsx2csv"])
def test_every_public_workbook_is_read_or_refused_in_words(package):
    for path in files(package, "*.xlsx"):
        if path.name in REFUSED:
            with pytest.raises(UnreadablePayload, match=REFUSED[path.name]):
                rows(path)
        else:
            rows(path)


@pytest.mark.parametrize(
    "name", ["utf8", "namespace", "twolettercolumns", "no_cell_ids", "last-column-empty",
             "xlsx2csv-test-file", "input-weird", "float"]
)  # fmt: skip
def test_workbooks_hold_what_another_implementation_finds_in_them(name):
    """xlsx2csv, whose own expected results these are."""
    [book] = files("xlsx2csv", f"{name}.xlsx")
    read = Values(ValueSettings())
    theirs = [cells for cells in csv.reader(io.StringIO(book.with_suffix(".csv").read_text(), newline=""))]
    mine = {raw.number: [_shown(read, cell) for cell in raw.cells] for raw in rows(book)}
    for number, cells in enumerate(theirs, start=1):
        told = [_number(cell) for cell in cells]
        assert mine.get(number, [])[: len(told)] == told or not any(told), (name, number)
    assert set(mine) <= {number for number, cells in enumerate(theirs, start=1) if any(cells)}


def _shown(values: Values, cell: Any) -> str:
    if cell is None or isinstance(cell, bool):
        return "" if cell is None else str(cell).upper()
    return values.text("cell", cell).replace("\n", "\\n")


def _number(cell: str) -> str:
    """Without the zeros that only its format shows."""
    try:
        return f"{Decimal(cell).normalize():f}"
    except ArithmeticError:
        return cell.strip()


def test_a_workbook_is_converted_as_csvkit_does():
    [book], [converted] = files("csvkit", "test.xlsx"), files("csvkit", "testxlsx_converted.csv")
    read = Values(ValueSettings(time_zone="UTC"))
    header, *theirs = plainly(converted, "utf-8")
    mine = rows(book)
    assert list(mine[0].cells[:7]) == header[:7]
    for ours, theirs_ in zip(mine[1:4], theirs, strict=False):
        text, day, integer, _boolean, number, moment = ours.cells[:6]
        assert [text, str(read.day("d", day)), str(read.number("n", integer))] == theirs_[:3]
        assert float(read.number("n", number)) == float(theirs_[4])
        assert moment.isoformat() == theirs_[5]


def test_texts_of_public_files_mean_what_csvkit_and_agate_make_of_them():
    [german], [converted] = files("csvkit", "test_locale.csv"), files("csvkit", "test_locale_converted.csv")
    values = Values(ValueSettings(locale="de"))
    told = [str(values.number("n", cell)) for cell in plainly(german, "utf-8")[1] if cell]
    assert told == [cell for cell in plainly(converted, "utf-8")[1] if cell]
    [days], [converted] = files("csvkit", "test_date_format.csv"), files("csvkit", "test_date_format_converted.csv")
    values = Values(ValueSettings(date_format="%d/%m/%Y"))
    assert [str(values.day("d", cells[0])) for cells in plainly(days, "utf-8")[1:]] == [
        cells[0] for cells in plainly(converted, "utf-8")[1:]
    ]


def test_a_nested_document_is_converted_as_csvkit_does():
    [path], [converted] = files("csvkit", "testjson_nested.json"), files("csvkit", "testjson_nested_converted.csv")
    how = JsonSettings(items_path="", paths={"text": "nested.nested.date"})
    found = [raw.given["text"] for raw in Json().rows(io.BytesIO(path.read_bytes()), how, WANTED)]
    header, *theirs = plainly(converted, "utf-8")
    assert found == [cells[header.index("nested/nested/date")] for cells in theirs]


@pytest.mark.parametrize("package", ["csvkit", "agate", "csv-spectrum"])
def test_every_public_document_is_read_or_refused_in_words(package):
    read = 0
    for path in files(package, "*.json"):
        document = path.read_bytes()
        try:
            found = list(Json().rows(io.BytesIO(document), JsonSettings(items_path=""), WANTED))
        except UnreadablePayload:
            continue
        assert len(found) == len(json.loads(document)), path.name
        read += 1
    assert read >= 2


def test_real_data_is_what_it_says():
    """Surplus of the United States' Department of Defense, as agate publishes it: sums by two ways of reading."""
    [book] = files("agate-excel", "ne_1033_data.xlsx")
    values = Values(ValueSettings())
    header, *surplus = [raw.cells for raw in rows(book)]
    assert (len(surplus), header[9]) == (1036, "ship_date")
    assert values.day("d", surplus[0][9]) == date(2008, 7, 11)
    assert all(isinstance(cells[9], datetime) for cells in surplus)
    for cells in surplus:
        assert values.number("n", cells[5]) * values.number("n", cells[7]) == pytest.approx(
            values.number("n", cells[8]), abs=Decimal("0.01")
        )
