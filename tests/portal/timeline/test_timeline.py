"""The timeline is exact: the merge of heads gives what the plain rule gives, for every reader and page."""

from __future__ import annotations

import random

import pytest

from portal.audience import tokens
from portal.audience.expressions import EVERYONE, any_of
from portal.catalogue.models import Entry
from portal.host import rules
from portal.timeline.models import Activity, AudienceHead
from portal.timeline.read import timeline_page
from portal.timeline.relay import relay
from tests import factories


def oracle(person):
    """The obvious query, which is slow for quiet readers but plainly right."""
    seen, order = set(Entry.objects.visible_to(person).values_list("pk", flat=True)), []
    for pk in Activity.objects.exclude(position=None).order_by("-position").values_list("entry_id", flat=True):
        if pk in seen and pk not in order:
            order.append(pk)
    return order


def all_pages(person, limit, **narrowing):
    found, before, pages = [], None, 0
    while True:
        page = timeline_page(person, before=before, limit=limit, **narrowing)
        found += [item.entry.pk for item in page.items]
        before, pages = page.next_before, pages + 1
        if before is None or pages > 100:
            return found


@pytest.fixture
def busy(organisation, emergency, laboratory, bob, charlie):
    """60 entries for 30 audiences, of three plugins; some hidden."""
    pick = random.Random(7)
    audiences = [EVERYONE, any_of(tokens.department(emergency)), any_of(tokens.department(laboratory))]
    audiences += [any_of(tokens.person(bob), f"group:{number}") for number in range(25)]
    homes = [None, emergency, laboratory]
    for _number in range(60):
        factories.entry(
            audience=pick.choice(audiences),
            department=pick.choice(homes),
            plugin=pick.choice(["", "microblog", "kpis"]),
            hidden=pick.random() < 0.1,
        )


@pytest.mark.parametrize("limit", [1, 7, 20])
def test_pages_together_are_exactly_what_the_person_may_see(busy, bob, charlie, alice, limit):
    for person in (bob, charlie, alice):
        assert all_pages(person, limit) == oracle(person)


def test_closed_gates_leave_no_holes(busy, emergency, laboratory, bob, charlie):
    rules.set_rule("microblog", emergency, rules.OFF, acting_person=None)
    rules.set_rule("kpis", laboratory, rules.FORCED_OFF, acting_person=None)
    for person in (bob, charlie):
        assert all_pages(person, 5) == oracle(person)


def test_the_filters_narrow_and_do_not_reorder(busy, emergency, bob):
    inside = set(Entry.objects.in_department(emergency).values_list("pk", flat=True))
    assert all_pages(bob, 4, department=emergency) == [pk for pk in oracle(bob) if pk in inside]
    assert all_pages(bob, 4, kind="managed") == []


def test_an_entry_with_two_activities_appears_once_where_it_is_newest(organisation, bob):
    first = factories.card()
    from portal.catalogue.actions import put

    put(first, verb="publish")
    put(factories.card(), verb="publish")
    put(first, verb="update")
    assert all_pages(bob, 10)[0] == Entry.objects.get(key=first.key).pk
    assert len(all_pages(bob, 1)) == len(set(all_pages(bob, 10))) == 2


def test_a_lost_relay_is_made_good_by_the_sweep(organisation, bob):
    factories.entry()
    Activity.objects.update(position=None)
    AudienceHead.objects.all().delete()
    assert all_pages(bob, 10) == []
    assert relay() == 1
    assert relay() == 0
    assert len(all_pages(bob, 10)) == 1


def test_widening_brings_old_activities_to_those_who_never_had_the_audience(emergency, laboratory, charlie):
    from portal.catalogue.actions import put

    card = factories.card(audience=any_of(tokens.department(emergency)), department=emergency)
    put(card, verb="publish")
    assert all_pages(charlie, 10) == []
    put(factories.card(obj=card.obj, audience=any_of(tokens.department(laboratory)), department=emergency))
    assert len(all_pages(charlie, 10)) == 1


@pytest.mark.parametrize("count", [3, 60])
def test_a_page_costs_three_queries_whatever_there_is(organisation, bob, count, django_assert_num_queries):
    for _number in range(count):
        factories.entry()
    timeline_page(bob)
    with django_assert_num_queries(3):  # heads, ranges, entries with their authors
        timeline_page(bob)
