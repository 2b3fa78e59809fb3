"""pytest plugin for packages that extend Folkmoot: the people and the clean memory of portal.testing.conformance.

Installed as the pytest11 entry point `folkmoot`. Importable without Django's settings; imports the platform at use.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

pytest.register_assert_rewrite("portal.testing.conformance")


@dataclass(frozen=True)
class House:
    """An organisation with two departments; author and colleague work in one, the outsider in the other."""

    organisation: Any
    department: Any
    other_department: Any
    author: Any
    colleague: Any
    outsider: Any
    it: Any


def forget_everything() -> None:
    """Drops what this process remembers: it would outlive the rows that a test rolls back."""
    from django.core.cache import cache

    from portal.audience import access, interning, stamps
    from portal.host import breaker, holders, snapshot
    from portal.host import settings as plugin_settings
    from portal.people import tree

    stamps.forget()
    stamps._values = {}
    interning.store.clear()
    access.forget()
    snapshot.forget()
    breaker.forget()
    holders.forget()
    plugin_settings.forget()
    tree.forget()
    cache.clear()


@pytest.fixture
def folkmoot_memory() -> Iterator[None]:
    """Nothing a process remembers outlives the rows that a test rolls back."""
    forget_everything()
    yield
    forget_everything()


@pytest.fixture
def folkmoot_house(folkmoot_memory: None, db: None) -> House:
    from portal.people.actions import add_membership, create_department
    from portal.people.models import Department, Person

    root = Department.objects.organisation() or create_department("Conformance House", acting_person=None)
    one = create_department("Conformance Ward", parent=root, acting_person=None)
    other = create_department("Conformance Store", parent=root, acting_person=None)

    def person(name: str, home: Any, **fields: Any) -> Any:
        email = f"{name}@conformance.example"
        made = Person.objects.create_user(username=name, password=None, email=email, first_name=name, **fields)
        add_membership(made, home, acting_person=None, is_primary=True)
        made.refresh_from_db()
        return made

    return House(
        organisation=root,
        department=one,
        other_department=other,
        author=person("kit-author", one),
        colleague=person("kit-colleague", one),
        outsider=person("kit-outsider", other),
        it=person("kit-it", root, is_staff=True, is_superuser=True),
    )
