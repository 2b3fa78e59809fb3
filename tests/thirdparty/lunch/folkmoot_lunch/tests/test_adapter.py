"""Deliveries of the canteen's system."""

import json

import pytest
from portal.catalogue.models import Entry
from portal.host import rules
from portal.ingestion.models import RejectedItem
from portal.testing.adapters import AdapterContract, deliver, make_source

from folkmoot_lunch.actions import retarget
from folkmoot_lunch.models import Menu


def menus(*days):
    return json.dumps({"menus": [{"day": f"2026-11-{day}", "dishes": ["Soup", "Stew"]} for day in days]}).encode()


@pytest.fixture(autouse=True)
def _on(folkmoot_house):
    rules.set_rule("lunch", folkmoot_house.organisation, rules.ON, acting_person=None)


class TestContract(AdapterContract):
    adapter = "lunch.json"
    valid = menus(26, 27)
    one_less = menus(26)
    one_malformed = menus(26, 27, "x")
    broken = menus(26)[:-5]

    @pytest.fixture
    def source(self, folkmoot_house):
        """Below the department that has the plugin on, so that a rule of its own can be taken away again."""
        return make_source(self.adapter, department=folkmoot_house.department)


def test_a_menu_that_is_withdrawn_is_hidden_and_comes_back(folkmoot_house):
    source = make_source("lunch.json", department=folkmoot_house.department)
    for days, shown in (((26, 27), 2), ((26,), 1), ((26, 27), 2)):
        deliver(source, menus(*days))
        assert Menu.objects.visible_to(folkmoot_house.author).count() == shown
        assert Menu.objects.count() == 2


def test_menus_follow_their_source(folkmoot_house):
    source = make_source("lunch.json", department=folkmoot_house.department)
    deliver(source, menus(27))
    assert not Menu.objects.visible_to(folkmoot_house.outsider).exists()
    source.department = folkmoot_house.other_department
    source.save()
    retarget(source)
    assert Menu.objects.visible_to(folkmoot_house.outsider).get().department == folkmoot_house.other_department
    assert not Menu.objects.visible_to(folkmoot_house.author).exists()


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("soup", "it is not an object"),
        ({"day": "soon", "dishes": ["Soup"]}, "its day is not written like 2026-11-27"),
        ({"day": "2026-11-27", "dishes": []}, "dishes: At least 1 entries."),
        ({"day": "2026-11-27", "dishes": [" "]}, "dishes.0: This is needed."),
        ({"day": "2026-11-27", "dishes": ["Soup"], "price": 3}, "price: Nothing is known by this name; leave it out."),
    ],
)
def test_what_cannot_be_used_is_kept_with_its_reason(row, reason):
    deliver(make_source("lunch.json"), json.dumps({"menus": [row]}).encode())
    assert reason in RejectedItem.objects.get().reason
    assert not Entry.objects.filter(plugin="lunch").exists()


def test_what_no_database_takes_is_left_out(folkmoot_house):
    source = make_source("lunch.json", department=folkmoot_house.department)
    deliver(source, json.dumps({"menus": [{"day": "2026-11-27", "dishes": ["So\x00up", "Stew"]}]}).encode())
    assert Menu.objects.get().lines == ["Soup", "Stew"]
