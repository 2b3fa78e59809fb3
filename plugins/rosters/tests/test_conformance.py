from __future__ import annotations

from typing import Any

from plugins.rosters.tests.samples import calendar, event, on
from portal.testing.adapters import deliver, make_source
from portal.testing.conformance import CANARY, Conformance


class TestRosters(Conformance):
    plugin = "rosters"

    def make(self, author: Any, department: Any) -> None:
        attendee = f"ATTENDEE:mailto:{author.email}"
        source = make_source("rosters.ical", department=department)
        deliver(source, calendar(event("1", on(0, "0700"), on(0, "2300"), attendee, summary=CANARY)))
