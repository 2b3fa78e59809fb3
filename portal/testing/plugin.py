"""pytest plugin for packages that extend Folkmoot: the people and the clean memory of portal.testing.conformance.

Installed as the pytest11 entry point `folkmoot`. Importable without Django's settings; imports the platform at use.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
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
    from portal.host import breaker, snapshot
    from portal.host import settings as plugin_settings

    stamps.forget()
    stamps.forget_kept()
    stamps._values = {}
    interning.store.clear()
    access.forget()
    snapshot.forget()
    breaker.forget()
    plugin_settings.forget()
    cache.clear()


@pytest.fixture
def folkmoot_memory() -> Iterator[None]:
    """Nothing a process remembers outlives the rows that a test rolls back."""
    forget_everything()
    yield
    forget_everything()


@pytest.fixture
def folkmoot_commits(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is done after a commit is done, though a test's own transaction never commits."""
    from portal.testing.commits import show_commits

    show_commits(monkeypatch)


def person_of(name: str, department: Any, **fields: Any) -> Any:
    """Somebody who works in the department."""
    from portal.people.actions import add_membership
    from portal.people.models import Person

    fields |= {"email": f"{name}@conformance.example", "first_name": name, "language": "en"}
    made = Person.objects.create_user(username=name, password=None, **fields)
    add_membership(made, department, acting_person=None, is_primary=True)
    made.refresh_from_db()
    return made


@pytest.fixture
def folkmoot_folders(settings: Any, tmp_path: Path) -> None:
    """What a test uploads, drops and archives goes with it."""
    settings.MEDIA_ROOT = tmp_path / "files"
    settings.FOLKMOOT_DROP_DIR = tmp_path / "drop"
    settings.FOLKMOOT_ARCHIVE_DIR = tmp_path / "archives"


@pytest.fixture
def folkmoot_search(folkmoot_house: House) -> None:
    """The engine through which leaks are looked for: the database's, unless a project's conftest brings another."""


@pytest.fixture
def folkmoot_house(
    folkmoot_memory: None, folkmoot_folders: None, folkmoot_commits: None, settings: Any, db: None
) -> House:
    # An index on a server would outlive the rows that a test rolls back; the database's own is rolled back with them.
    settings.ELASTICSEARCH_URL = ""
    from portal.people.actions import create_department
    from portal.people.models import Department

    root = Department.objects.organisation() or create_department("Conformance House", acting_person=None)
    one = create_department("Conformance Ward", parent=root, acting_person=None)
    other = create_department("Conformance Store", parent=root, acting_person=None)

    return House(
        organisation=root,
        department=one,
        other_department=other,
        author=person_of("kit-author", one),
        colleague=person_of("kit-colleague", one),
        outsider=person_of("kit-outsider", other),
        it=person_of("kit-it", root, is_staff=True, is_superuser=True),
    )
