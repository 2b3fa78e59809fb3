from __future__ import annotations

from typing import Any

from plugins.comments.actions import add_comment
from plugins.comments.tests.subjects import subject
from portal.testing.conformance import CANARY, Conformance


class TestComments(Conformance):
    plugin = "comments"
    shown = False

    def make(self, author: Any, department: Any) -> None:
        add_comment(subject(department), f"Soup {CANARY}", acting_person=author)
