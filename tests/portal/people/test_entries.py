"""People as entries: made by the worker, following the person."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portal.catalogue.actions import entry_for
from portal.catalogue.models import Entry
from portal.people import entries
from portal.people.actions import add_membership, deactivate_person, reactivate_person
from tests import factories


@pytest.fixture
def entry(bob):
    assert entries.make_missing() == 1
    found = entry_for(bob)
    assert found is not None
    return found


def test_everybody_who_is_active_gets_one_entry(organisation, alice, bob):
    factories.person("left", is_active=False)
    assert entries.make_missing() == 2
    assert entries.make_missing() == 0
    assert set(Entry.objects.filter(type="person").values_list("title", flat=True)) == {"Alice Aav", "Bob Berg"}


def test_nobody_has_an_entry_before_there_is_an_organisation(db):
    factories.person("first")
    assert entries.make_missing() == 0


def test_the_entry_follows_name_and_department(entry, bob, laboratory):
    bob.last_name, bob.job_title = "Bergman", "Porter"
    bob.save()
    entry.refresh_from_db()
    assert (entry.title, entry.summary) == ("Bob Bergman", "Porter · Emergency")
    bob.memberships.all().delete()
    add_membership(bob, laboratory, acting_person=None, is_primary=True)
    entry.refresh_from_db()
    assert (entry.summary, entry.department) == ("Porter · Laboratory", laboratory)


def test_whoever_leaves_is_found_no_more_at_once(entry, bob, alice):
    deactivate_person(bob, acting_person=None)
    assert not Entry.objects.visible_to(alice).filter(pk=entry.pk).exists()
    reactivate_person(bob, acting_person=None)
    assert Entry.objects.visible_to(alice).filter(pk=entry.pk).exists()


def test_logging_in_writes_nothing(entry, bob, client):
    before = Entry.objects.get(pk=entry.pk).version
    client.force_login(bob)
    assert Entry.objects.get(pk=entry.pk).version == before


def test_entries_of_many_cost_no_more_queries_than_those_of_two(organisation, emergency):
    counts = []
    for size in (1, 2, 20):  # the first also makes audience and gate
        for _ in range(size):
            factories.person(departments=[emergency])
        with CaptureQueriesContext(connection) as caught:
            assert entries.make_missing() == size
        counts.append(len(caught))
    assert counts[2] <= counts[1]
