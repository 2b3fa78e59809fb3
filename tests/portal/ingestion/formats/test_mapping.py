"""A kind is read from every format by the mapping that its source declares."""

from __future__ import annotations

import itertools
import json
from datetime import UTC, date, datetime, time
from decimal import Decimal

import pytest
from pydantic import ValidationError

from portal.ingestion.adapter import UnreadablePayload
from portal.ingestion.formats import mapping
from tests.portal.ingestion.formats.things import BY_FORMAT, ThingRow, parts, read, sheet, written

ALL = pytest.mark.parametrize("form", ["csv", "xlsx", "json"])
TABLES = pytest.mark.parametrize("form", ["csv", "xlsx"])
HEADER = ["id", "text", "number", "day", "moment", "due", "clock", "start"]
ROW = ["a", "A", "1.5", "2026-11-24", "2026-11-24T12:00Z", "2026-11-25", "07:30", "2026-11-24 15:30"]
READ = ThingRow(
    "a", "A", Decimal("1.5"), date(2026, 11, 24), datetime(2026, 11, 24, 12, tzinfo=UTC), date(2026, 11, 25),
    time(7, 30), datetime(2026, 11, 24, 15, 30, tzinfo=UTC),
)  # fmt: skip


@ALL
def test_fields_are_found_under_their_own_names(form):
    assert read(form, written(form, HEADER, ROW), time_zone="UTC") == [READ]


@ALL
def test_what_is_not_there_is_as_the_kind_says(form):
    assert read(form, written(form, ["id", "text"], ["a", " "])) == [ThingRow("a")]


@TABLES
def test_columns_may_be_named_otherwise_or_numbered(form):
    body = written(form, ["Nr.", "Was", "Wert", "day"], ["a", "A", "1,5", "x"])
    settings = {"columns": {"id": "nr.", "text": 2, "number": "WERT", "day": ""}, "decimal_comma": True}
    assert read(form, body, **settings) == [ThingRow("a", "A", Decimal("1.5"))]


@TABLES
def test_several_columns_may_be_one_text(form):
    body = written(form, ["id", "first", "last"], ["1", "Mari", "Tamm"], ["2", "", "Kask"])
    assert [row.text for row in read(form, body, columns={"text": ["first", 3]})] == ["Mari Tamm", "Kask"]


@TABLES
def test_the_header_may_be_further_down_with_rows_to_pass_over_after_it(form):
    body = written(form, ["Report of 24 November"], [], ["id", "number"], ["", "minutes"], ["a", "1"])
    assert read(form, body, header_row=3, skip_rows=1) == [ThingRow("a", number=Decimal(1))]


@TABLES
def test_a_table_without_a_header_goes_by_numbers(form):
    body = written(form, ["x", "a"], ["y", "b", "surplus"])
    assert read(form, body, header_row=0, columns={"id": 2, "text": "1"}) == [ThingRow("a", "x"), ThingRow("b", "y")]
    with pytest.raises(UnreadablePayload, match="There is no column id"):
        read(form, body, header_row=0)


@ALL
def test_what_the_file_does_not_say_may_be_fixed(form):
    assert read(form, written(form, ["text"], ["A"]), fixed={"id": "only", "number": "7"}) == [
        ThingRow("only", "A", Decimal(7))
    ]


@TABLES
@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"id": "key"}, "There is no column key; row 1 has: name, text, text"),
        ({"text": "words", "id": "name"}, "There is no column words"),
        ({"id": 9}, "There is no column 9"),
        ({"id": 0}, "There is no column 0"),
        ({}, "There is no column id; row 1 has: name, text, text. Set the columns of the source"),
        ({"id": "name"}, "names the column text twice"),
    ],
)
def test_a_column_that_is_missing_is_one_error_for_the_file(form, columns, said):
    with pytest.raises(UnreadablePayload, match=said):
        read(form, written(form, ["name", "text", "text"], ["a", "b", "c"]), columns=columns)


@ALL
def test_only_fields_of_the_kind_can_be_mapped(form):
    adapter = BY_FORMAT[form]
    for setting in (adapter.format.mapping, "fixed"):
        with pytest.raises(ValidationError, match="Input should be 'id', 'text'"):
            adapter.settings_model.model_validate({setting: {"colour": "c"}})
    assert "colour" not in json.dumps(adapter.settings_model.model_json_schema())


@ALL
def test_a_poison_row_costs_itself_only_wherever_it_is(form):
    rows = [["a", "A", "n/a", "soon"], ["b", "B", "2", ""], ["", "C", "3", ""], ["d", "D", "4", "x"]]
    first, good, nameless, last = parts(form, written(form, ["id", "text", "number", "day"], *rows))
    at = {"json": ["item 1", "item 3", "item 4"]}.get(form, ["row 2", "row 4", "row 5"])
    assert [one.position for one in (first, nameless, last)] == at
    assert first.reason == "number 'n/a' is not a number; day 'soon' is not written as %Y-%m-%d"
    assert nameless.reason == "id is empty"
    # A refused item is known by its name, so that it is not taken for one that is gone.
    assert (first.external_id, nameless.external_id, last.external_id) == ("a", "", "d")
    assert all(text in first.raw for text in ("a", "A", "n/a", "soon"))
    assert good.external_id == "b"


@ALL
def test_rows_are_read_one_portion_at_a_time(form, monkeypatch):
    asked = []
    adapter = BY_FORMAT[form]
    monkeypatch.setattr(mapping, "PORTION", 2)
    monkeypatch.setattr(adapter.maker, "learn", lambda self, rows: asked.append([row.id for row in rows]))
    assert len(parts(form, written(form, ["id"], *[[name] for name in "abcde"]))) == 5
    assert asked == [["a", "b"], ["c", "d"], ["e"]]


@ALL
def test_nothing_is_read_before_it_is_asked_for(form, monkeypatch):
    adapter = BY_FORMAT[form]
    monkeypatch.setattr(mapping, "PORTION", 2)
    made = []
    real = adapter.maker.item
    monkeypatch.setattr(adapter.maker, "item", lambda self, name, row: made.append(name) or real(self, name, row))
    import io

    from portal.ingestion.models import Source

    reading = adapter.read(io.BytesIO(written(form, ["id"], *[[name] for name in "abcde"])), Source(settings={}))
    assert [item.external_id for item in itertools.islice(reading, 2)] == ["a", "b"]
    assert made == ["a", "b"]


@ALL
def test_a_formula_is_a_text(form):
    body = written(form, ["id", "text"], ["a", "'=1+1"])
    if form == "xlsx":  # as a spreadsheet holds the text of a formula, not a formula
        body = sheet(["id", "text"], ["a", "'=1+1"])
    assert read(form, body) == [ThingRow("a", "'=1+1")]


@ALL
def test_an_empty_list_is_a_list(form):
    assert read(form, written(form, ["id", "text"])) == []


def test_every_format_has_its_own_slug_and_title():
    assert [str(adapter.title) for adapter in BY_FORMAT.values()] == [
        "Things from CSV", "Things from XLSX", "Things from JSON"
    ]  # fmt: skip
    assert [adapter.slug for adapter in BY_FORMAT.values()] == ["things.csv", "things.xlsx", "things.json"]


@ALL
def test_a_name_too_long_to_be_kept_is_none(form):
    """Cut short it might be another's."""
    [rejection] = parts(form, written(form, ["id", "text"], ["x" * 201, "A"]))
    assert (rejection.external_id, rejection.reason.partition(":")[0]) == ("", "external_id")
