"""Audience, gate, catalogue and timeline together, in small."""

from __future__ import annotations

import pytest

from portal.audience import tokens
from portal.audience.expressions import any_of
from portal.catalogue.actions import hide, put, remove, show
from portal.catalogue.card import Card
from portal.catalogue.models import Entry
from portal.host import rules
from portal.host.gate import is_on_for
from portal.people.actions import add_membership, move_department, remove_membership
from portal.timeline.read import timeline_page
from tests import factories


@pytest.fixture
def entry(emergency, alice):
    # Any model may have an entry; a department stands in for a plugin's row here.
    card = Card(
        kind="user",
        type="note",
        obj=emergency,
        title="Pumps are on floor 3",
        url="/x/",
        author=alice,
        department=emergency,
        plugin="microblog",
        audience=any_of(tokens.department(emergency)),
        topics=("pumps",),
    )
    return put(card, verb="publish", actor=alice)


def titles(person):
    return [item.entry.title for item in timeline_page(person).items]


def test_members_see_it_and_outsiders_do_not(entry, alice, bob, charlie):
    assert titles(bob) == ["Pumps are on floor 3"]
    assert titles(charlie) == []
    assert Entry.objects.visible_to(charlie).count() == 0


def test_joining_and_leaving_a_department_takes_effect_at_once(entry, emergency, charlie):
    add_membership(charlie, emergency, acting_person=None)
    charlie.refresh_from_db()
    assert titles(charlie) == ["Pumps are on floor 3"]
    remove_membership(charlie, emergency, acting_person=None)
    charlie.refresh_from_db()
    assert titles(charlie) == []


def test_moving_a_department_moves_what_its_people_see(organisation, laboratory, charlie, emergency, entry):
    team = factories.department("Microbiology", parent=laboratory)
    eve = factories.person("eve", departments=[team])
    assert titles(eve) == []
    move_department(team, parent=emergency, acting_person=None)
    eve.refresh_from_db()
    assert titles(eve) == ["Pumps are on floor 3"]


def test_a_plugin_that_is_off_hides_its_entries_and_loses_nothing(entry, emergency, bob):
    before = Entry.objects.values().get(pk=entry.pk)
    rules.set_rule("microblog", emergency, rules.OFF, acting_person=None)
    assert not is_on_for("microblog", bob)
    assert titles(bob) == []
    rules.set_rule("microblog", emergency, rules.INHERIT, acting_person=None)
    assert titles(bob) == ["Pumps are on floor 3"]
    assert Entry.objects.values().get(pk=entry.pk) == before


def test_hidden_and_removed_entries_are_seen_by_nobody(entry, emergency, alice):
    hide(emergency)
    assert titles(alice) == []
    show(emergency)
    assert titles(alice) == ["Pumps are on floor 3"]
    remove(emergency)
    assert titles(alice) == []
    assert Entry.objects.get(pk=entry.pk).title == ""


def test_a_warm_check_costs_no_query(entry, bob, django_assert_num_queries):
    titles(bob)
    with django_assert_num_queries(3):  # heads, ranges, entries
        titles(bob)
    with django_assert_num_queries(0):
        is_on_for("microblog", bob)
