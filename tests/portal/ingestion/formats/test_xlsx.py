"""XLSX: what spreadsheets hold, and files that are made to harm."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from decimal import Decimal

import pytest
from openpyxl import Workbook

from portal.ingestion.adapter import UnreadablePayload
from portal.ingestion.formats import archive, xlsx
from tests.portal.ingestion.formats.things import ThingRow, parts, read, sheet


def test_cells_are_what_the_spreadsheet_says_they_are():
    header = ["id", "text", "number", "day", "moment", "due", "clock", "start"]
    body = sheet(
        header,
        [7, 1.5, 0.1 + 0.2, datetime(2026, 11, 24), datetime(2026, 11, 24, 14, 30), datetime(2026, 11, 25), time(7, 30),
         time(8)],
        ["b", "A", "1.5", "2026-11-24", "2026-11-24 14:30", "2026-11-25T09:00", "7:30", "2026-11-24 08:00"],
    )  # fmt: skip
    assert read("xlsx", body, time_zone="Europe/Tallinn") == [
        ThingRow("7", "1.5", Decimal("0.3"), date(2026, 11, 24), datetime(2026, 11, 24, 12, 30, tzinfo=UTC),
                 date(2026, 11, 25), time(7, 30), time(8)),
        ThingRow("b", "A", Decimal("1.5"), date(2026, 11, 24), datetime(2026, 11, 24, 12, 30, tzinfo=UTC),
                 datetime(2026, 11, 25, 7, tzinfo=UTC), time(7, 30), datetime(2026, 11, 24, 6, tzinfo=UTC)),
    ]  # fmt: skip


def test_a_formula_is_the_value_that_was_saved_with_it_and_nothing_without():
    saved = rewritten(sheet(["id", "number"], ["a", "=1+1"]), "xl/worksheets/sheet1.xml",
                      lambda xml: xml.replace(b"<f>1+1</f><v></v>", b"<f>1+1</f><v>2</v>").replace(
                          b"<f>1+1</f><v />", b"<f>1+1</f><v>2</v>"))  # fmt: skip
    assert read("xlsx", saved) == [ThingRow("a", number=Decimal(2))]
    assert read("xlsx", sheet(["id", "number"], ["a", "=1+1"])) == [ThingRow("a")]


def test_an_error_in_a_cell_costs_its_row():
    assert read("xlsx", sheet(["id", "number"], ["a", "#DIV/0!"], ["b", 2])) == [
        ("row 2", "number '#DIV/0!' is not a number"), ThingRow("b", number=Decimal(2))
    ]  # fmt: skip


def test_the_sheet_may_be_named():
    book, file = Workbook(), io.BytesIO()
    book.active.append(["nothing"])
    for row in (["id"], ["a"]):
        book.create_sheet("Figures") if row == ["id"] else None
        book["Figures"].append(row)
    book.save(file)
    assert read("xlsx", file.getvalue(), sheet="Figures") == [ThingRow("a")]
    with pytest.raises(UnreadablePayload, match="There is no sheet Figuers; there are: Sheet, Figures"):
        read("xlsx", file.getvalue(), sheet="Figuers")


def test_the_size_that_a_sheet_claims_is_not_believed():
    body = rewritten(sheet(["id", "text"], ["a", "A"]), "xl/worksheets/sheet1.xml",
                     lambda xml: xml.replace(b'ref="A1:B2"', b'ref="A1"'))  # fmt: skip
    assert body != sheet(["id", "text"], ["a", "A"])
    assert read("xlsx", body) == [ThingRow("a", "A")]


def test_days_count_from_1904_where_the_file_says_so():
    book, file = Workbook(), io.BytesIO()
    from openpyxl.utils.datetime import CALENDAR_MAC_1904

    book.epoch = CALENDAR_MAC_1904
    for row in (["id", "day"], ["a", datetime(2026, 11, 24)]):
        book.active.append(row)
    book.save(file)
    assert read("xlsx", file.getvalue()) == [ThingRow("a", day=date(2026, 11, 24))]


def test_empty_rows_are_passed_over_and_the_others_keep_their_numbers():
    [rejection] = parts("xlsx", sheet(["id", "number"], [], [None, ""], ["a", "x"]))
    assert (rejection.position, rejection.raw) == ("row 4", "a,x")


def test_a_sheet_with_too_many_rows_is_given_up(monkeypatch):
    monkeypatch.setattr(xlsx, "MOST_ROWS", 3)
    assert len(read("xlsx", sheet(["id"], ["a"], ["b"]))) == 2
    with pytest.raises(UnreadablePayload, match="There are more than 3 rows"):
        read("xlsx", sheet(["id"], ["a"], ["b"], ["c"]))


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "not a whole XLSX file"),
        (b"id,text\n", "not a whole XLSX file"),
        (sheet(["id"], ["a"])[:-100], "not a whole XLSX file"),
        (sheet(["id"], ["a"])[:2000], "not a whole XLSX file"),
        (archive.OLD_EXCEL + b"\x00" * 600, "old or a locked Excel file"),
        (sheet(), "There is no row 1 with the columns"),
    ],
)
def test_half_a_file_and_other_formats_are_refused_as_a_whole(body, said):
    with pytest.raises(UnreadablePayload, match=said):
        read("xlsx", body)


def packed(**files: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in files.items():
            made.writestr(name, content)
    return file.getvalue()


def rewritten(workbook: bytes, part: str, change: Callable[[bytes], bytes]) -> bytes:
    """The workbook with one part changed, or added."""
    with zipfile.ZipFile(io.BytesIO(workbook)) as old:
        files = {name: old.read(name) for name in old.namelist()}
    return packed(**files | {part: change(files.get(part, b""))})


def test_another_zip_file_is_no_workbook():
    with pytest.raises(UnreadablePayload, match="This is not an XLSX file"):
        read("xlsx", packed(**{"a.txt": b"hello"}))


BOMBS = {
    "all of it": ("xl/media/a.bin", b"\x00" * 300_000_000, "has more than 256 MB"),
    "one row": ("xl/worksheets/sheet1.xml", b"<worksheet><sheetData><row>" + b"<c/>" * 1_000_000, "is too large"),
    "one row of a namespace": (
        "xl/worksheets/sheet1.xml",
        b"<x:row><x:c/></x:row>" + b"<x:c/>" * 1_000_000,
        "too large",
    ),
    "texts": ("xl/sharedStrings.xml", b"<sst>" + b"<si/>" * 1_100_000, "is too large"),
    "styles": ("xl/styles.xml", b"<a/>" * 250_000, "is too large"),
    "a large part": ("docProps/core.xml", b"x" * 5_000_000, "is too large"),
    "a part under another name": (
        "[Content_Types].xml",
        b'<Types><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/sharedStrings+xml"/></Types>',
        "not what they say",
    ),
    "types that explode": (
        "[Content_Types].xml",
        b'<!DOCTYPE a [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><Types>&b;</Types>',
        "not an XLSX file",
    ),
    "too many parts": ("", b"", "has more than"),
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_a31_zip_bombs_are_refused_before_they_are_unpacked(bomb, monkeypatch):
    part, content, said = BOMBS[bomb]
    if bomb == "too many parts":
        body = packed(**{f"{number}.xml": b"" for number in range(archive.MOST_ENTRIES + 1)})
    else:
        body = rewritten(sheet(["id"], ["a"]), part, lambda _old: content)
    assert len(body) < 1_000_000
    monkeypatch.setattr(xlsx, "_opened", lambda file: pytest.fail("it was opened"))
    with pytest.raises(UnreadablePayload, match=said):
        read("xlsx", body)


def test_a31_parts_that_lie_over_each_other_are_refused():
    """Many names for one piece of packed data, as in David Fifield's zip bomb."""
    body = bytearray(packed(**{"[Content_Types].xml": b"<Types/>", "a.bin": b"\x00" * 1_000_000, "b.bin": b"\x00"}))
    directory = body.index(b"PK\x01\x02")
    first = body.index(b"PK\x01\x02", directory + 4)
    second = body.index(b"PK\x01\x02", first + 4)
    body[second + 42 : second + 46] = struct.pack("<I", struct.unpack("<I", body[first + 42 : first + 46])[0])
    with pytest.raises(UnreadablePayload, match="lie over each other"):
        read("xlsx", bytes(body))


def test_a_part_that_unpacks_to_more_than_it_declares_is_refused():
    body = bytearray(packed(**{"[Content_Types].xml": b"<Types>" + b" " * 100_000 + b"</Types>"}))
    directory = body.index(b"PK\x01\x02")
    body[directory + 24 : directory + 28] = struct.pack("<I", 100)
    with pytest.raises(UnreadablePayload, match="not a whole XLSX file"):
        read("xlsx", bytes(body))


def test_a_locked_file_is_refused():
    body = bytearray(sheet(["id"], ["a"]))
    directory = body.index(b"PK\x01\x02")
    body[directory + 8] |= 1
    with pytest.raises(UnreadablePayload, match="locked"):
        read("xlsx", bytes(body))


def test_entities_in_a_sheet_are_refused():
    body = rewritten(
        sheet(["id"], ["a"]),
        "xl/worksheets/sheet1.xml",
        lambda xml: b'<!DOCTYPE a [<!ENTITY a "aaaa">]>' + xml.partition(b"?>")[2] if xml.startswith(b"<?") else
        b'<!DOCTYPE a [<!ENTITY a "aaaa">]>' + xml,
    )  # fmt: skip
    with pytest.raises(UnreadablePayload, match="cannot be read"):
        read("xlsx", body)
