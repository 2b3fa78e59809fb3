from __future__ import annotations

import pytest

from plugins.kpis.models import Kpi
from plugins.kpis.tests.samples import csv_of, row
from portal.ingestion.models import Source
from portal.testing.adapters import deliver, make_source


@pytest.fixture
def source(emergency) -> Source:
    return make_source("kpis.csv", slug="ehr-figures", name="ehr", department=emergency)


@pytest.fixture
def door(source) -> Kpi:
    """One figure with a little history, on target."""
    deliver(source, csv_of(row("door", 2, 39), row("door", 1, 36), row("door", 0, 34, name="Door to doctor")))
    return Kpi.objects.get(external_id="door")
