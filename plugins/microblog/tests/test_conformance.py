from __future__ import annotations

from typing import Any

from plugins.microblog.actions import publish_post
from portal.testing.conformance import CANARY, Conformance


class TestMicroblog(Conformance):
    plugin = "microblog"

    def make(self, author: Any, department: Any) -> None:
        publish_post(f"Soup {CANARY}", acting_person=author, department=department)
