from __future__ import annotations

from typing import Any

from plugins.expertise.actions import declare_skills
from plugins.expertise.models import DeclaredSkill
from portal.testing.conformance import CANARY, Conformance
from portal.testing.plugin import House, person_of


class TestExpertise(Conformance):
    plugin = "expertise"
    for_department = False

    def make(self, author: Any, department: Any) -> None:
        """One more skill; one may name up to thirty."""
        declared = DeclaredSkill.objects.filter(content_object__person=author).values_list("tag__name", flat=True)
        declare_skills([*declared, f"{CANARY} {len(declared)}"][:30], acting_person=author)

    def make_many(self, house: House, count: int) -> None:
        """More skills of the author's, and more people who have one."""
        for number in range(count):
            self.make(house.author, house.department)
            self.make(person_of(f"kit-expert-{number}", house.department), house.department)
