"""Plain functions that make what a test needs, through the platform's own actions."""

from __future__ import annotations

import itertools
from typing import Any

from portal.catalogue.actions import put
from portal.catalogue.card import Card
from portal.catalogue.models import Entry, Topic
from portal.people.actions import add_membership, create_department
from portal.people.models import Department, Person

_numbers = itertools.count(1)


def organisation(name: str = "Merekaar Hospitals") -> Department:
    """The organisation, made at first use."""
    return Department.objects.organisation() or create_department(name, acting_person=None)


def department(name: str = "", *, parent: Department | None = None, **fields: Any) -> Department:
    """A department below `parent`, by default directly below the organisation."""
    return create_department(
        name or f"Department {next(_numbers)}", parent=parent or organisation(), acting_person=None, **fields
    )


def person(username: str = "", *, departments: list[Department] | None = None, **fields: Any) -> Person:
    """Somebody without a password (log in with client.force_login); the first of `departments` is the primary one."""
    username = username or f"person{next(_numbers)}"
    fields.setdefault("first_name", username.capitalize())
    made = Person.objects.create_user(username=username, password=None, **fields)
    for number, home in enumerate(departments or []):
        add_membership(made, home, acting_person=None, is_primary=number == 0)
    made.refresh_from_db()
    return made


def card(**fields: Any) -> Card:
    """A card of something: any saved or unsaved model instance can stand for a plugin's row."""
    number = next(_numbers)
    fields.setdefault("obj", Topic(pk=number))
    fields.setdefault("title", f"Note {number}")
    fields.setdefault("url", f"/note/{number}/")
    fields.setdefault("kind", "user")
    fields.setdefault("type", "note")
    return Card(**fields)


def entry(*, verb: str | None = "publish", **fields: Any) -> Entry:
    """An entry with its activity; fields are those of Card."""
    return put(card(**fields), verb=verb, actor=fields.get("author"))
