"""CSV: encodings, separators, quotes, and files that end too early."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from portal.ingestion.adapter import UnreadablePayload
from portal.ingestion.formats.csv import LONGEST_LINE, MOST_LINES_A_ROW, CsvSettings
from portal.ingestion.formats.rows import line_of
from tests.portal.ingestion.formats.things import ThingRow, parts, read

TEXT = "id,text\na,Jüri €\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "windows-1252", "utf-16-le", "iso-8859-15", "cp1257"])
def test_texts_are_read_in_the_encoding_that_is_set(encoding):
    assert read("csv", TEXT.encode(encoding), encoding=encoding) == [ThingRow("a", "Jüri €")]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
@pytest.mark.parametrize("told", ["utf-8", "windows-1252"])
def test_a_byte_order_mark_says_more_than_the_setting(encoding, told):
    assert read("csv", TEXT.encode(encoding), encoding=told) == [ThingRow("a", "Jüri €")]


def test_the_wrong_encoding_is_told_and_not_guessed():
    with pytest.raises(UnreadablePayload, match="This is not text in utf-8; set the encoding of the source"):
        read("csv", TEXT.encode("windows-1252"), encoding="utf-8")


@pytest.mark.parametrize("delimiter", [";", "\t", "tab", "|"])
def test_any_character_may_stand_between(delimiter):
    sign = "\t" if delimiter == "tab" else delimiter
    assert read("csv", f"id{sign}text\na{sign}b,c\n".encode(), delimiter=delimiter) == [ThingRow("a", "b,c")]


@pytest.mark.parametrize(
    ("quote", "line", "text"),
    [
        ('"', 'a,"b, ""c"""', 'b, "c"'),
        ("'", "a,'b, ''c'''", "b, 'c'"),
        ("", 'a,"b', '"b'),
        ('"', 'a,"two\nlines"', "two\nlines"),
        ('"', 'a,six " inches', 'six " inches'),
    ],
)
def test_quotes(quote, line, text):
    assert read("csv", f"id,text\n{line}\n".encode(), quote=quote) == [ThingRow("a", text)]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_end_in_any_way_and_empty_ones_are_passed_over(end):
    body = end.join(["id,text", "a,A", "", " , ", "b,B", ""])
    assert read("csv", body.encode()) == [ThingRow("a", "A"), ThingRow("b", "B")]


def test_the_last_line_may_lack_its_end_if_it_is_whole():
    assert read("csv", b"id,text\na,A\nb,B") == [ThingRow("a", "A"), ThingRow("b", "B")]


@pytest.mark.parametrize("body", [b"id,text,number\na,A,1\nb,B", b'id,text\na,A\nb,"B', b'id,text\n"a,A\nb,B\n'])
def test_half_a_file_is_refused_as_a_whole(body):
    with pytest.raises(UnreadablePayload, match="The file ends in the middle of row"):
        read("csv", body)


def test_a_quote_out_of_place_costs_its_row_only():
    assert read("csv", b'id,text\na,"A"x\nb,B\n') == [
        ("row 2", "it is not CSV (',' expected after '\"')"), ThingRow("b", "B")
    ]  # fmt: skip


def test_a_row_with_other_cells_than_the_header_is_refused_unless_they_are_empty():
    assert read("csv", b"id,text\na,A,,\nb,B,x\nc\nd,D\n") == [
        ThingRow("a", "A"),
        ("row 3", "it has 3 cells, the row of the columns 2"),
        ("row 4", "it has 1 cells, the row of the columns 2"),
        ThingRow("d", "D"),
    ]


def test_a_refused_row_is_kept_as_csv():
    [rejection] = parts("csv", b'id,text,number\na,"b, ""c""",x\n')
    assert rejection.raw == 'a,"b, ""c""",x'


def test_a_cell_that_is_too_large_costs_its_row_only():
    assert [row if isinstance(row, ThingRow) else row[0] for row in read("csv", b"id,text\na," + b"x" * 140_000 +
            b"\nb,B\n")] == ["row 2", ThingRow("b", "B")]  # fmt: skip


@pytest.mark.parametrize(
    "body",
    [b"id,text\na," + b"," * (LONGEST_LINE + 1), b"id,text\n" + b'"a\n",' * (MOST_LINES_A_ROW + 2)],
)
def test_a_row_without_end_is_given_up(body):
    with pytest.raises(UnreadablePayload, match="A row of it does not end"):
        read("csv", body)


@pytest.mark.parametrize("body", [b"", b"\n\n", b"<html>503 Service Unavailable</html>", b"\x00\x01\x02"])
def test_what_is_no_table_is_refused_as_a_whole(body):
    with pytest.raises(UnreadablePayload):
        read("csv", body)


@given(st.lists(st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"])), min_size=1, max_size=20))
def test_whatever_the_csv_module_writes_is_read_back(texts):
    lines = "".join(f"{line_of([str(number), text])}\r\n" for number, text in enumerate(texts))
    rows = read("csv", f"id,text\r\n{lines}".encode())
    assert [row.text for row in rows] == [text.strip() for text in texts]


@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(body):
    with suppress(UnreadablePayload):
        read("csv", b"id,text\n" + body, encoding="latin-1")


@pytest.mark.parametrize(
    "settings_", [{"delimiter": "ab"}, {"delimiter": ""}, {"delimiter": "\n"}, {"quote": "''"}, {"encoding": "utf-9"},
                  {"encoding": "hex"}, {"delimiter": ",", "quote": ","}]
)  # fmt: skip
def test_settings_that_cannot_work_are_refused_when_they_are_made(settings_):
    with pytest.raises(ValidationError):
        CsvSettings(**settings_)
