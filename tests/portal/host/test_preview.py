"""What a change will do, told before."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from portal.host import changes, rules
from portal.host.changes import Change
from portal.host.models import Rule
from portal.ingestion.models import Source
from portal.people.actions import add_membership
from tests import factories

SLUG = "microblog"


def impact(*wanted, **fields):
    return changes.impact(wanted, **fields)


def entries(department, number, **fields):
    return [factories.entry(department=department, plugin=SLUG, **fields) for _n in range(number)]


@pytest.fixture
def triage(emergency):
    return factories.department("Triage", parent=emergency)


def test_off_hides_items_takes_people_and_writes_nothing(emergency, triage, laboratory, alice, bob, charlie):
    entries(emergency, 2)
    entries(triage, 1)
    entries(laboratory, 4)
    gone, *_rest = entries(emergency, 1)
    type(gone).objects.filter(pk=gone.pk).update(state="removed")
    factories.person("erik", departments=[triage], is_active=False)
    factories.person("both", departments=[triage, laboratory])
    found = impact(Change(SLUG, emergency, "off"))
    assert (found.items_hidden, found.items_shown) == (3, 0)
    assert (found.people_losing, found.people_gaining) == (2, 0)  # "both" keep it through the laboratory
    assert (found.departments_off, found.departments_on) == (2, 0)
    assert not Rule.objects.exists()


def test_on_shows_what_off_hid(emergency, laboratory, bob):
    entries(emergency, 2)
    rules.set_rule(SLUG, emergency, rules.OFF, acting_person=None)
    found = impact(Change(SLUG, emergency, "inherit"))
    assert (found.items_hidden, found.items_shown, found.people_gaining, found.departments_on) == (0, 2, 1, 1)


def test_a_lock_in_the_primary_department_takes_people_who_have_it_elsewhere(emergency, laboratory):
    factories.person("both", departments=[emergency, laboratory])
    assert impact(Change(SLUG, emergency, "off")).people_losing == 0
    assert impact(Change(SLUG, emergency, "forced_off")).people_losing == 1


def test_people_without_a_department_follow_the_organisation(organisation, emergency):
    factories.person("nowhere")
    assert impact(Change(SLUG, emergency, "off")).people_losing == 0
    assert impact(Change(SLUG, organisation, "off")).people_losing == 1


def test_dependants_jobs_and_sources_that_stop_are_named(organisation, emergency, needy):
    Source.objects.create(slug="s", name="the lab", adapter="x.y", plugin=needy, department=emergency)
    Source.objects.create(slug="t", name="paused", adapter="x.y", plugin=needy, department=emergency, paused=True)
    here = impact(Change(SLUG, emergency, "off"))
    assert here.dependants_off == [needy]
    assert here.jobs_parked == []  # it still has the other departments to run for
    assert here.sources_parked == ["the lab"]
    assert impact(Change(SLUG, organisation, "off")).jobs_parked == ["needy.nightly"]
    assert impact(Change(SLUG, organisation, "off"), Change(needy, organisation, "off")).dependants_off == []


def test_a_rule_that_begins_later_is_counted_at_its_beginning(emergency, laboratory, bob):
    begins = timezone.now() + timedelta(days=3)
    rules.set_rule(SLUG, laboratory, rules.OFF, acting_person=None, starts_at=begins - timedelta(days=1))
    found = impact(Change(SLUG, emergency, "off", starts_at=begins))
    assert found.at == begins
    assert found.facts()["at"] == begins.isoformat()
    assert (found.people_losing, found.departments_off) == (1, 1)
    assert impact(Change(SLUG, emergency, "off")).at is None
    assert impact(Change(SLUG, emergency, "off", starts_at=begins - timedelta(days=9))).at is None


def test_a_subtree_counts_the_rules_it_clears(organisation, emergency, triage):
    for department in (emergency, triage):
        rules.set_rule(SLUG, department, rules.ON, acting_person=None)
    without, with_it = (impact(Change(SLUG, organisation, "off", subtree=s)) for s in (False, True))
    assert (without.rules_cleared, without.departments_off) == (0, 1)
    assert (with_it.rules_cleared, with_it.departments_off) == (2, 3)


def test_the_fingerprint_is_of_numbers_and_rules_alone(emergency, laboratory):
    change = Change(SLUG, emergency, "off")
    before = impact(change).fingerprint
    assert impact(change).fingerprint == before
    rules.set_rule("tasks", laboratory, rules.ON, acting_person=None)
    assert impact(change).fingerprint != before


def test_the_number_of_queries_does_not_depend_on_the_size(organisation, emergency, triage, bob):
    def count():
        with CaptureQueriesContext(connection) as asked:
            impact(Change(SLUG, organisation, "off", subtree=True), Change("tasks", emergency, "off"))
        return len(asked)

    small = count()
    for number in range(8):
        department = factories.department(f"Ward {number}", parent=triage)
        person = factories.person(departments=[department])
        add_membership(person, emergency, acting_person=None)
        entries(department, 2)
        rules.set_rule(SLUG, department, rules.ON, acting_person=None)
    assert count() == small == 7
