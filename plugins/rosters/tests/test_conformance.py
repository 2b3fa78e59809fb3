from __future__ import annotations

from typing import Any

from plugins.rosters.tests.samples import calendar, event, on
from portal.ingestion.models import Source
from portal.testing.adapters import deliver, make_source
from portal.testing.conformance import CANARY, Conformance
from portal.testing.plugin import House


def payload(person: Any) -> bytes:
    attendee = f"ATTENDEE:mailto:{person.email}"
    return calendar(event("1", on(0, "0000"), on(1, "0000"), attendee, summary=CANARY))


class TestRosters(Conformance):
    plugin = "rosters"

    def make(self, author: Any, department: Any) -> None:
        deliver(make_source("rosters.ical", department=department), payload(author))

    def deliver(self, house: House) -> tuple[Source, bytes]:
        return make_source("rosters.ical", department=house.department), payload(house.author)
