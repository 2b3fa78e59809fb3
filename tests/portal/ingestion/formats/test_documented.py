"""The mappings that docs/adapters.md shows are settings that work."""

from __future__ import annotations

import io
import json
import re
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from portal.ingestion import adapters
from portal.testing.adapters import make_source
from tests import factories
from tests.portal.ingestion.formats.things import sheet

TEXT = (Path(__file__).resolve().parents[4] / "docs" / "adapters.md").read_text()


def examples(heading: str) -> list[str]:
    """The indented blocks of a section."""
    section = TEXT.partition(f"\n### {heading}\n")[2].partition("\n#")[0]
    blocks = re.findall(r"(?:^    .*\n)+", section, re.MULTILINE)
    return [re.sub(r"^    ", "", block, flags=re.MULTILINE) for block in blocks]


def read(adapter: str, settings: dict[str, Any], payload: bytes) -> list[Any]:
    source = make_source(adapter, settings=settings)
    return list(adapters.get(adapter).read(io.BytesIO(payload), source))


@pytest.mark.django_db
def test_the_mapping_for_csv():
    table, settings = examples("CSV")
    [item] = read("kpis.csv", json.loads(settings), table.encode("windows-1252"))
    assert (item.kpi, item.date, item.value, item.note, item.unit) == (
        "door", date(2026, 11, 24), Decimal("1036.5"), "nach Umbau", "min"
    )  # fmt: skip


@pytest.mark.django_db
def test_the_mapping_for_xlsx():
    [settings] = examples("XLSX")
    rows = [["Plan"], [], ["Nr", "Tag", "Von", "Bis", "Vorname", "Name"],
            [7, datetime(2026, 11, 24), "7:00", "15.30", "Mari", "Tamm"]]  # fmt: skip
    [item] = read("rosters.xlsx", json.loads(settings), sheet(*rows, title="Dienstplan"))
    assert (item.external_id, item.name) == ("7", "Mari Tamm")
    assert item.starts_at == datetime(2026, 11, 24, 5, tzinfo=UTC)


@pytest.mark.django_db
def test_the_mapping_for_json():
    factories.person("bob", email="bob@example.org")
    document, settings = examples("JSON")
    [item] = read("tasks.json", json.loads(settings), document.encode())
    assert (item.external_id, item.title, item.system, item.state) == ("WARD-7", "Check the trolley", "Jira", "done")
