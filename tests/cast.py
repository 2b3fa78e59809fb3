"""The cast: Alice and Bob work in Emergency, Alice heads it; Charlie is an outsider; Ida is IT."""

from __future__ import annotations

import pytest
from django.test import Client

from portal.people.actions import add_membership
from portal.people.models import Department, Person
from tests import factories


@pytest.fixture
def organisation(db: None) -> Department:
    return factories.organisation()


@pytest.fixture
def emergency(organisation: Department) -> Department:
    return factories.department("Emergency", parent=organisation)


@pytest.fixture
def laboratory(organisation: Department) -> Department:
    return factories.department("Laboratory", parent=organisation)


@pytest.fixture
def alice(emergency: Department) -> Person:
    person = factories.person("alice", departments=[emergency], last_name="Aav")
    add_membership(person, emergency, acting_person=None, is_head=True, is_editor=True, is_moderator=True)
    person.refresh_from_db()
    return person


@pytest.fixture
def bob(emergency: Department) -> Person:
    return factories.person("bob", departments=[emergency], last_name="Berg")


@pytest.fixture
def charlie(laboratory: Department) -> Person:
    return factories.person("charlie", departments=[laboratory], last_name="Cools")


@pytest.fixture
def ida(organisation: Department) -> Person:
    return factories.person("ida", departments=[organisation], is_staff=True, is_superuser=True, last_name="Ilves")


def logged_in(person: Person) -> Client:
    client = Client()
    client.force_login(person)
    return client


@pytest.fixture
def as_alice(alice: Person) -> Client:
    return logged_in(alice)


@pytest.fixture
def as_bob(bob: Person) -> Client:
    return logged_in(bob)


@pytest.fixture
def as_charlie(charlie: Person) -> Client:
    return logged_in(charlie)


@pytest.fixture
def as_ida(ida: Person) -> Client:
    return logged_in(ida)
