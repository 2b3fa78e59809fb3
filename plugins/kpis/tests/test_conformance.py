from __future__ import annotations

from typing import Any

from plugins.kpis.tests.samples import csv_of, row
from portal.ingestion.models import Source
from portal.testing.adapters import deliver, make_source
from portal.testing.conformance import CANARY, Conformance
from portal.testing.plugin import House


def payload(owner: Any) -> bytes:
    return csv_of(*(row("door", ago, 34, name=CANARY, owner=owner.email) for ago in (1, 0)))


class TestKpis(Conformance):
    plugin = "kpis"

    def make(self, author: Any, department: Any) -> None:
        deliver(make_source("kpis.csv", department=department), payload(author))

    def deliver(self, house: House) -> tuple[Source, bytes]:
        return make_source("kpis.csv", department=house.department), payload(house.author)
