"""How far each item of a source reaches, and that it reaches nobody else."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import pytest
from django.core.exceptions import ValidationError
from django.test.utils import isolate_apps

from portal.audience.describe import describe
from portal.audience.expressions import EVERYONE, NOBODY, any_of, excluding
from portal.catalogue.models import Entry
from portal.ingestion import actions
from portal.ingestion.delivered import Delivered
from portal.ingestion.reach import Role, reach
from portal.ingestion.stored import StoredAdapter, delivered_card
from portal.people.actions import add_membership
from portal.people.models import Membership, Person
from portal.testing.adapters import deliver, make_source
from tests import factories
from tests.cast import logged_in

# What each kind delivers for one person; `{email}` is theirs.
ROWS = {
    "kpis.csv": b"kpi,date,value,owner\nwait,2026-11-26,12,{email}\n",
    "rosters.csv": b"id,start,end,email\n1,2036-11-26T07:00:00Z,2036-11-26T15:00:00Z,{email}\n",
    "tasks.csv": b"id,title,assignee\n1,Count the beds,{email}\n",
}
DEFAULTS = {"kpis.csv": {"alice", "bob"}, "rosters.csv": {"alice", "bob", "charlie"}, "tasks.csv": {"charlie"}}
# With Charlie from the laboratory as the row's person, and a source at home in Emergency, which Alice heads.
READERS = {
    "source": {"alice", "bob"},
    "people": {"charlie"},
    "heads": {"alice"},
    "department": {"alice", "bob"},
}


@pytest.fixture
def everybody(alice, bob, charlie, ida, laboratory, index):
    add_membership(factories.person("erik"), laboratory, acting_person=None, is_head=True)
    Person.objects.filter(pk=charlie.pk).update(email="charlie@example.org")
    return Readers(["alice", "bob", "charlie", "ida", "erik"], index)


@pytest.fixture(params=ROWS)
def filled(request, emergency, everybody):
    source = make_source(request.param, department=emergency)
    run = deliver(source, ROWS[request.param].replace(b"{email}", b"charlie@example.org"))
    assert (run.counts["new"], run.counts["rejected"]) == (1, 0)
    return source


class Readers(NamedTuple):
    names: list[str]
    index: Callable[[], None]


def readers(everybody, title=None):
    """Who sees what was delivered by the rule, in lists and by searching for its title."""
    everybody.index()
    people = Person.objects.filter(username__in=everybody.names)
    by_rule = {person.username for person in people if Entry.objects.visible_to(person).filter(kind="automated")}
    words = (title or Entry.objects.get(kind="automated").title).replace(",", " ")
    for address in ("/api/v1/search/", "/api/v1/content/"):
        asked = {"q": words, "kind": "automated"}
        by_door = {p.username for p in people if logged_in(p).get(address, asked).json()["results"]}
        assert by_door == by_rule, address
    return by_rule


def test_each_kind_reaches_whom_it_always_did(filled, everybody):
    assert readers(everybody) == DEFAULTS[filled.adapter]


@pytest.mark.parametrize("role", Role.values)
def test_a_role_reaches_its_people_at_once_and_nobody_else(filled, everybody, role):
    actions.update_source(filled, audience_roles=[role], acting_person=None)
    assert readers(everybody) == READERS[role]


def test_roles_add_up_and_none_is_the_default_again(filled, everybody):
    actions.update_source(filled, audience_roles=["heads", "people"], acting_person=None)
    assert filled.audience_roles == ["people", "heads"]
    assert readers(everybody) == {"alice", "charlie"}
    actions.update_source(filled, audience_roles=[], acting_person=None)
    assert readers(everybody) == DEFAULTS[filled.adapter]


def test_a_successor_head_sees_it_with_the_next_request_and_the_former_no_longer(filled, everybody, emergency):
    actions.update_source(filled, audience_roles=["heads"], acting_person=None)
    assert readers(everybody) == {"alice"}
    for name, heads in (("alice", False), ("bob", True)):
        membership = Membership.objects.get(person__username=name, department=emergency)
        membership.is_head = heads
        membership.save()
    assert readers(everybody) == {"bob"}


def test_the_heads_are_those_of_the_department_of_the_item(organisation, laboratory, everybody):
    source = make_source("kpis.csv", department=organisation, audience_roles=["heads"])
    deliver(source, b"kpi,date,value,department\nwait,2026-11-26,12,Laboratory\nbeds,2026-11-26,12,\n")
    assert readers(everybody, title="wait") == {"erik"}


def test_what_nobody_is_named_for_reaches_nobody(everybody, emergency):
    source = make_source("kpis.csv", department=emergency, audience_roles=["people"])
    deliver(source, b"kpi,date,value\nwait,2026-11-26,12\n")
    assert readers(everybody) == set()


def test_other_roles_are_applied_to_what_is_delivered_next(filled, everybody):
    actions.update_source(filled, audience_roles=["heads"], acting_person=None)
    body = ROWS[filled.adapter].replace(b"{email}", b"charlie@example.org").replace(b"12,", b"13,")
    deliver(filled, body.replace(b"beds", b"rooms").replace(b"15:00", b"16:00"))
    assert readers(everybody) == {"alice"}


@pytest.mark.parametrize("role", Role.values)
def test_what_is_stored_as_it_came_reaches_as_far_as_its_source_says(role, organisation, emergency):
    with isolate_apps("portal.ingestion"):

        class Thing(Delivered):
            class Meta(Delivered.Meta):
                app_label = "ingestion"

    source = make_source("kpis.csv", department=organisation, audience_roles=[role])
    card = delivered_card(Thing(source=source), people=[7], department=emergency, type="thing", title="A", url="/a/")
    assert card.department == emergency
    assert card.audience == reach([role], source=source.audience_expression, people=[7], department=emergency)


def test_what_is_stored_as_it_came_is_for_the_audience_of_its_source_unless_roles_are_set():
    assert StoredAdapter.audience_roles == (Role.SOURCE,)


def test_an_unknown_role_is_refused(filled):
    with pytest.raises(ValidationError, match="“friends”"):
        actions.update_source(filled, audience_roles=["friends"], acting_person=None)


def test_whom_the_audience_of_the_source_excludes_is_not_let_in_by_another_role(emergency):
    source = excluding(any_of("role:nurse"), "person:7")
    reached = reach(["source", "people"], source=source, people=[7, 8, None], department=emergency)
    assert reached.satisfied_by(frozenset({"person:8"}))
    assert not reached.satisfied_by(frozenset({"person:7"}))
    assert reach(["source", "heads"], source=EVERYONE, people=[], department=emergency) == EVERYONE
    assert reach([], source=EVERYONE, people=[7], department=emergency) == NOBODY


def test_heads_are_told_in_words(emergency):
    assert describe(any_of(f"head:{emergency.pk}")) == "whoever heads Emergency"
