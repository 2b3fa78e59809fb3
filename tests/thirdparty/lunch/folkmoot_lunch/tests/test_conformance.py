"""What every plugin has to keep."""

import pytest
from portal.host import rules
from portal.testing.conformance import CANARY, Conformance

from folkmoot_lunch.actions import publish_menu


class TestLunch(Conformance):
    plugin = "lunch"

    @pytest.fixture(autouse=True)
    def _on(self, folkmoot_house):
        """Where nobody ruled it is off."""
        rules.set_rule("lunch", folkmoot_house.organisation, rules.ON, acting_person=None)

    def make(self, author, department):
        publish_menu(f"Soup {CANARY}", acting_person=author, department=department)
