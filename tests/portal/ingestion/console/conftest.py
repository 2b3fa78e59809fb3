from __future__ import annotations

import pytest
from django.contrib.auth.models import Permission

from portal.people.actions import add_membership
from portal.testing.adapters import make_source
from tests import factories
from tests.cast import logged_in
from tests.portal.ingestion.console.filling import new

HEAD = b"id;title;assignee;due\n"
GOOD = b"1;Water the plants;bob;2026-12-01\n"
BAD = b"2;Count the beds;bob;soon\n"


@pytest.fixture
def tasks(emergency, bob):
    return make_source(
        "tasks.csv", slug="todo", name="the task list", department=emergency, settings={"delimiter": ";"}
    )


@pytest.fixture
def as_editor(alice):
    """Alice, head and editor of Emergency, who may open the admin."""
    alice.user_permissions.add(Permission.objects.get(codename="access_admin"))
    return logged_in(alice)


@pytest.fixture
def as_lena(emergency):
    """Local IT of Emergency."""
    person = factories.person("lena", departments=[emergency], last_name="Lepp")
    add_membership(person, emergency, acting_person=None, is_primary=True, is_local_it=True)
    person.user_permissions.add(Permission.objects.get(codename="access_admin"))
    return logged_in(person)


def text(answer):
    return answer.content.decode()


@pytest.fixture
def fields(as_ida, emergency, bob):
    return new(as_ida, emergency)
