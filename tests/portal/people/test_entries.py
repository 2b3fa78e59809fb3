"""People as entries: made by the worker, following the person."""

from __future__ import annotations

import pytest
from django.core import serializers
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portal.catalogue.actions import entry_for
from portal.catalogue.models import Entry
from portal.people import entries
from portal.people.actions import add_membership, deactivate_person, reactivate_person
from portal.people.models import Person
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


def test_nobody_without_entry_costs_one_query_on_the_index(entry, django_assert_num_queries):
    with django_assert_num_queries(1) as caught:  # who has none
        assert entries.make_missing() == 0
    sql = caught.captured_queries[0]["sql"]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":  # of a handful of rows it would read them all
            cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"{'EXPLAIN' if connection.vendor == 'postgresql' else 'EXPLAIN QUERY PLAN'} {sql}")
        assert "person_without_entry" in str(cursor.fetchall())


def test_people_put_in_by_sql_get_their_entry(organisation, bob):
    names = [
        field.column for field in Person._meta.concrete_fields if field.name not in ("id", "username", "has_entry")
    ]
    columns = ", ".join(names)
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO people_person (username, {columns}) SELECT 'copied', {columns} FROM people_person")
    assert entries.make_missing() == 2
    assert entry_for(Person.objects.get(username="copied")) is not None


def test_people_loaded_from_a_file_get_their_entry_whatever_it_says(entry, bob):
    bob.refresh_from_db()
    dumped = serializers.serialize("json", [bob])
    Entry.objects.all().delete()
    bob.delete()
    for loaded in serializers.deserialize("json", dumped):
        loaded.save()
    assert entries.make_missing() == 1
    assert Entry.objects.get(type="person").title == "Bob Berg"


def test_an_entry_that_is_lost_is_made_again(entry, bob, alice):
    entries.make_missing()
    assert entries.find_lost() == 0
    Entry.objects.filter(pk=entry.pk).delete()
    assert entries.make_missing() == 0
    assert entries.find_lost() == 1
    assert entries.make_missing() == 1
    assert entry_for(bob) is not None


def test_people_are_not_noted_as_done_when_their_entries_fail(organisation, bob, monkeypatch):
    monkeypatch.setattr(entries, "put_many", lambda cards: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        entries.make_missing()
    monkeypatch.undo()
    assert entries.make_missing() == 1


def test_entries_of_many_cost_no_more_queries_than_those_of_two(organisation, emergency):
    counts = []
    for size in (1, 2, 20):  # the first also makes audience and gate
        for _ in range(size):
            factories.person(departments=[emergency])
        with CaptureQueriesContext(connection) as caught:
            assert entries.make_missing() == size
        counts.append(len(caught))
    assert counts[2] <= counts[1]
