"""JSON: finding the list and the fields, exact numbers, and documents that end too early."""

from __future__ import annotations

import io
import json
import tracemalloc
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from pydantic import ValidationError

from portal.ingestion.adapter import UnreadablePayload
from portal.ingestion.formats.json import MOST_DEPTH, JsonSettings
from portal.ingestion.models import Source
from tests.portal.ingestion.formats.things import JSON, ThingRow, parts, read

ISSUES = {
    "total": 2,
    "data": {
        "issues": [
            {
                "key": "A-1",
                "fields": {"summary": "One", "points": 1.10, "labels": ["x", "y"], "status": {"name": "Done"}},
                "updated": "2026-11-24T14:30:00.000+0200",
            },
            {"key": "A-2", "fields": {"summary": None, "people": [{"role": "owner", "name": "Mari"}]}},
        ]
    },
}


def test_fields_are_found_by_their_paths():
    settings = {
        "items_path": "data.issues",
        "paths": {"id": "key", "text": "fields.summary", "number": "fields.points", "moment": "updated"},
    }
    assert read("json", json.dumps(ISSUES).encode(), **settings) == [
        ThingRow("A-1", "One", Decimal("1.1"), moment=datetime(2026, 11, 24, 12, 30, tzinfo=UTC)),
        ThingRow("A-2"),
    ]


@pytest.mark.parametrize(
    ("path", "texts"),
    [
        ("fields.labels[0]", ["x", ""]),
        ("join(', ', fields.labels || `[]`)", ["x, y", ""]),
        ("fields.people[?role=='owner'].name | [0]", ["", "Mari"]),
        ("fields.status.name || fields.people[0].name", ["Done", "Mari"]),
        ("", ["", ""]),
    ],
)
def test_paths_are_jmespath(path, texts):
    rows = read("json", json.dumps(ISSUES).encode(), items_path="data.issues", paths={"id": "key", "text": path})
    assert [row.text for row in rows] == texts


def test_a_path_that_fails_on_an_object_costs_that_one_only():
    body = json.dumps({"items": [{"id": "a", "t": 1}, {"id": "b", "t": ["x"]}]}).encode()
    (position, reason), good = read("json", body, paths={"text": "join('', t)"})
    assert (position, good) == ("item 1", ThingRow("b", "x"))
    assert reason.startswith("text cannot be found by its path (")


def test_numbers_are_kept_exactly():
    body = b'{"items": [{"id": 12345678901234567890, "number": 0.1}, {"id": 1.50, "number": 1e2}]}'
    assert read("json", body) == [
        ThingRow("12345678901234567890", number=Decimal("0.1")), ThingRow("1.50", number=Decimal(100))
    ]  # fmt: skip


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_a_byte_order_mark_is_heeded(encoding):
    body = json.dumps({"items": [{"id": "Jüri"}]}, ensure_ascii=False)
    assert read("json", body.encode(encoding)) == [ThingRow("Jüri")]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "not whole JSON"),
        (b"{", "not whole JSON"),
        (b'{"items": [{"id": "a"}', "not whole JSON"),
        (b'{"items": [{"id": "a"}]} and more', "not whole JSON"),
        (b'{"items": [{"id": NaN}]}', "not whole JSON"),
        ('{"items": [{"id": "Jüri"}]}'.encode("latin-1"), "not whole JSON"),
        (b"<html>503</html>", "not whole JSON"),
        (b"[]", "There is no list at items: items is not there"),
        (b"3", "There is no list at items"),
        (b'{"items": {}}', "What is at 'items' is not a list"),
        (b'{"items": null}', "What is at 'items' is not a list"),
        (b"[" * (MOST_DEPTH + 1), "nested more than"),
        (b'{"items": [' + b'{"a":' * (MOST_DEPTH + 1), "nested more than"),
    ],
)
def test_half_a_document_and_other_shapes_are_refused_as_a_whole(body, said):
    with pytest.raises(UnreadablePayload, match=said):
        read("json", body)


def test_the_step_that_is_missing_is_told():
    with pytest.raises(UnreadablePayload, match=r"There is no list at a\.b\.c: b is not there"):
        read("json", b'{"a": {"x": [{"id": "1"}]}}', items_path="a.b.c")


def test_brackets_in_texts_are_no_nesting():
    texts = [{"id": str(number), "text": "[{" * 100} for number in range(MOST_DEPTH // 50)]
    assert len(read("json", json.dumps({"items": texts}).encode())) == len(texts)


def test_what_is_no_object_costs_itself_only_and_is_kept_as_it_was():
    rejection, item = parts("json", b'{"items": [[1, 2.50, "x"], {"id": "a"}]}')
    assert (rejection.position, rejection.reason) == ("item 1", "it is not an object")
    assert json.loads(rejection.raw) == [1, 2.5, "x"]
    assert item.external_id == "a"


def test_an_object_nested_too_deep_to_be_shown_is_refused_all_the_same():
    deep = b'{"items": [{"id": "a", "number": ' + b"[" * 3000 + b"]" * 3000 + b"}]}"
    [rejection] = parts("json", deep)
    assert (rejection.external_id, rejection.raw) == ("a", "")


def test_a_large_document_is_read_an_item_at_a_time():
    item = json.dumps({"id": "a", "text": "x" * 1000})
    body = io.BytesIO(f'{{"items": [{",".join([item] * 20_000)}]}}'.encode())  # 20 MB
    tracemalloc.start()
    try:
        count = sum(1 for _item in JSON.read(body, Source(settings={})))
        assert (count, tracemalloc.get_traced_memory()[1] < 4_000_000) == (20_000, True)
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("paths", [{"id": "a..b"}, {"id": "["}, {"id": "nothing(a)("}])
def test_paths_that_cannot_be_read_are_refused_when_they_are_made(paths):
    with pytest.raises(ValidationError, match="is not a path"):
        JsonSettings(paths=paths)
