"""Key figures from spreadsheets and JSON, and from tables as other systems write them."""

from __future__ import annotations

import json
from datetime import date, datetime
from decimal import Decimal

import pytest

from plugins.kpis.models import Kpi, Reading
from portal.catalogue.models import Entry
from portal.ingestion import adapters
from portal.testing.adapters import NEWCOMER, AdapterContract, deliver, make_source
from tests.portal.ingestion.formats.things import sheet

HEADER = ["kpi", "name", "date", "value", "target"]
DOOR = ["door", "Door to doctor", datetime(2026, 11, 20), 36.5, 40]
BEDS = ["beds", "Beds", datetime(2026, 11, 20), 94, None]


class TestXlsx(AdapterContract):
    adapter = "kpis.xlsx"
    valid = sheet(HEADER, DOOR, BEDS)
    one_less = sheet(HEADER, DOOR)
    one_malformed = sheet(HEADER, DOOR, BEDS, ["door", "Door to doctor", datetime(2026, 11, 21), "n/a", 40])
    broken = b"<html>503 Service Unavailable</html>"
    for_newcomer = sheet([*HEADER, "owner"], [*DOOR, NEWCOMER])


def document(*values: object) -> bytes:
    figures = [{"code": "door", "at": "2026-11-20", "v": value, "label": f"F{n}"} for n, value in enumerate(values)]
    return json.dumps({"figures": [row | {"code": f"c{n}"} for n, row in enumerate(figures)]}).encode()


class TestJson(AdapterContract):
    adapter = "kpis.json"
    settings = {
        "items_path": "figures", "paths": {"kpi": "code", "date": "at", "value": "v", "name": "label"},
        "fixed": {"unit": "min"},
    }  # fmt: skip
    valid = document(36.5, 94)
    one_less = document(36.5)
    one_malformed = document(36.5, 94, "n/a")
    broken = b'{"figures": [{"code'
    for_newcomer = document(36.5).replace(b'"code"', b'"owner": "%s", "code"' % NEWCOMER.encode())


def test_a_german_table_of_one_figure_is_read_by_its_mapping(emergency):
    source = make_source(
        "kpis.csv",
        department=emergency,
        settings={
            "columns": {"date": "Stichtag", "value": "Ø Wartezeit", "note": 4},
            "fixed": {"kpi": "door", "name": "Door to doctor", "unit": "min"},
            "delimiter": ";", "encoding": "windows-1252", "locale": "de", "header_row": 2,
        },
    )  # fmt: skip
    table = "Bericht;;;\nStichtag;Ø Wartezeit;Fälle;Bemerkung\n24.11.2026;1.036,50;17;=1+1\n25.11.26;36;2;Zürich\n"
    run = deliver(source, table.encode("windows-1252"))
    assert (run.counts["new"], run.counts["rejected"], run.error) == (2, 0, "")
    assert list(Reading.objects.order_by("date").values_list("date", "value", "note")) == [
        (date(2026, 11, 24), Decimal("1036.5000"), "=1+1"), (date(2026, 11, 25), Decimal(36), "Zürich")
    ]  # fmt: skip
    assert (Kpi.objects.get().unit, Entry.objects.get(type="kpi").title) == ("min", "Door to doctor")


def test_a_reading_is_known_by_its_name_even_if_its_value_is_not_one(emergency):
    """Else it would be taken for gone."""
    source = make_source("kpis.csv", department=emergency)
    head, same = b"kpi,date,value\n", b"".join(b"%c,2026-11-20,3\n" % name for name in b"cdefgh")
    deliver(source, head + same + b"a,2026-11-20,1\nb,2026-11-20,2\n")
    run = deliver(source, head + same + b"a,2026-11-20,n/a\n")
    assert (run.counts["missing"], run.rejected_items.get().external_id) == (1, "a:2026-11-20")
    assert Reading.objects.get(kpi__external_id="a").missing_since is None


@pytest.mark.parametrize("form", ["csv", "xlsx", "json"])
def test_the_settings_are_told_with_what_can_be_mapped(form, emergency):
    model = adapters.get(f"kpis.{form}").settings_model
    assert {"locale", "date_format", "fixed", "time_zone"} < set(model.model_fields)
    assert '"kpi"' in json.dumps(model.model_json_schema())
