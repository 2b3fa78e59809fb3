from __future__ import annotations

from typing import Any

from plugins.expertise.actions import declare_skills
from portal.testing.conformance import CANARY, Conformance


class TestExpertise(Conformance):
    plugin = "expertise"

    def make(self, author: Any, department: Any) -> None:
        declare_skills([CANARY], acting_person=author)
