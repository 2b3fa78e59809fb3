from __future__ import annotations

from typing import Any

from plugins.comments.actions import add_comment
from plugins.comments.tests.subjects import subject
from portal.catalogue.actions import entry_for
from portal.testing.conformance import CANARY, Conformance
from portal.testing.plugin import House


class TestComments(Conformance):
    plugin = "comments"

    def prepare(self, house: House) -> None:
        subject(house.department)

    def make(self, author: Any, department: Any) -> None:
        add_comment(entry_for(department), f"Soup {CANARY}", acting_person=author)

    def places(self, house: House) -> list[str]:
        entry = entry_for(house.department).pk
        return [f"/app/comments/{entry}/", f"/api/v1/comments/?entry={entry}"]
