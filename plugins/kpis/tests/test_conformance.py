from __future__ import annotations

from typing import Any

from plugins.kpis.models import Kpi
from plugins.kpis.tests.samples import csv_of, row
from portal.audience.expressions import EVERYONE
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

    def block_value(self, name: str) -> Any:
        """A figure that everybody may see: one of nobody's is not there at all, in the page and in the API."""
        kpi = Kpi.objects.first()
        if kpi is None:
            deliver(make_source("kpis.csv", audience=EVERYONE), csv_of(row("door", 0, 34)))
            kpi = Kpi.objects.get()
        return kpi.pk if name == "figure" else {"title": "", "figures": [{"type": "item", "value": kpi.pk, "id": "a"}]}

    def deliver(self, house: House) -> tuple[Source, bytes]:
        return make_source("kpis.csv", department=house.department), payload(house.author)
