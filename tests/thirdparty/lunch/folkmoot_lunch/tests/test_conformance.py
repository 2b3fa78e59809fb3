"""What every plugin has to keep."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone
from portal.host import rules
from portal.testing.adapters import make_source
from portal.testing.conformance import CANARY, Conformance

from folkmoot_lunch.actions import publish_menu
from folkmoot_lunch.models import Menu


class TestLunch(Conformance):
    plugin = "lunch"

    @pytest.fixture
    def folkmoot_house(self, folkmoot_house):
        """Where nobody ruled it is off."""
        rules.set_rule("lunch", folkmoot_house.organisation, rules.ON, acting_person=None)
        return folkmoot_house

    def make(self, author, department):
        """Each for another day: a second menu of a day would replace the first."""
        day = timezone.localdate() + timedelta(days=Menu.objects.count())
        publish_menu(f"Soup {CANARY}", acting_person=author, department=department, day=day)

    def deliver(self, house):
        """A source of the department, and what its system sends."""
        day = timezone.localdate().isoformat()
        body = json.dumps({"menus": [{"day": day, "dishes": [f"Stew {CANARY}"]}]}).encode()
        return make_source("lunch.json", department=house.department), body
