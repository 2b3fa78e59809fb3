"""Tasks from tables, and from JSON that is built otherwise."""

from __future__ import annotations

import io
import json
from datetime import UTC, date, datetime

import pytest

from plugins.tasks.models import Task
from portal.ingestion import adapters
from portal.ingestion.adapter import UnreadablePayload
from portal.testing.adapters import NEWCOMER, AdapterContract, deliver, make_source
from tests import factories
from tests.portal.ingestion.formats.things import sheet

HEADER = ["id", "title", "assignee", "due", "state"]


def rows(*names: str, who: str = "bob@merekaar.example") -> list[list[str]]:
    return [[name, f"Task {name}", who, "2026-11-24", "open"] for name in names]


def table(*rows_: list[str]) -> bytes:
    return "".join(",".join(row) + "\n" for row in (HEADER, *rows_)).encode()


class _People:
    @pytest.fixture(autouse=True)
    def _bob(self, db):
        factories.person("bob", email="bob@merekaar.example")


class TestCsv(_People, AdapterContract):
    adapter = "tasks.csv"
    valid = table(*rows("a", "b"))
    one_less = table(*rows("a"))
    one_malformed = table(*rows("a", "b"), *rows("c", who="nobody@merekaar.example"))
    broken = b"<html>503 Service Unavailable</html>"
    for_newcomer = table(*rows("a"), *rows("n", who=NEWCOMER))


class TestXlsx(_People, AdapterContract):
    adapter = "tasks.xlsx"
    valid = sheet(HEADER, *rows("a", "b"))
    one_less = sheet(HEADER, *rows("a"))
    one_malformed = sheet(HEADER, *rows("a", "b"), *rows("c", who="nobody@merekaar.example"))
    broken = b"PK\x03\x04 and no more"
    for_newcomer = sheet(HEADER, *rows("a"), *rows("n", who=NEWCOMER))


def test_issues_of_another_system_are_read_by_their_paths(emergency, bob):
    source = make_source(
        "tasks.json",
        department=emergency,
        settings={
            "items_path": "issues",
            "paths": {
                "id": "key", "title": "fields.summary", "assignee": "fields.assignee.emailAddress",
                "due": "fields.duedate", "state": "fields.status.name", "priority": "fields.priority.name",
                "updated": "fields.updated",
            },
            "fixed": {"system": "Jira"},
            "done_states": ["Erledigt"],
        },
    )  # fmt: skip
    issue = {
        "key": "WARD-7",
        "fields": {
            "summary": "Check the trolley", "assignee": {"emailAddress": "bob@merekaar.example"},
            "duedate": "2026-11-24", "status": {"name": "erledigt"}, "priority": {"name": "High"},
            "updated": "2026-11-23T14:30:00.000+0200",
        },
    }  # fmt: skip
    deliver(source, json.dumps({"total": 1, "issues": [issue]}).encode())
    task = Task.objects.get()
    assert (task.external_id, task.title, task.assignee, task.due_on) == (
        "WARD-7", "Check the trolley", bob, date(2026, 11, 24)
    )  # fmt: skip
    assert (task.state, task.priority, task.system) == ("done", "high", "Jira")
    assert task.updated_at == datetime(2026, 11, 23, 12, 30, tzinfo=UTC)


def test_a_table_without_an_id_is_one_error(emergency):
    source = make_source("tasks.csv", department=emergency)
    reading = adapters.get("tasks.csv").read(io.BytesIO(b"title,assignee\nA,bob\n"), source)
    with pytest.raises(UnreadablePayload, match="There is no column id"):
        next(reading)
