from __future__ import annotations

from typing import Any

from plugins.kpis.tests.samples import csv_of, row
from portal.testing.adapters import deliver, make_source
from portal.testing.conformance import CANARY, Conformance


class TestKpis(Conformance):
    plugin = "kpis"

    def make(self, author: Any, department: Any) -> None:
        source = make_source("kpis.csv", department=department)
        deliver(source, csv_of(row("door", 1, 36, name=CANARY), row("door", 0, 34, name=CANARY)))
