"""Tokens: what a person is, in the words audiences are written in. Plugins may provide more (group:7)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from portal.audience.expressions import TOKEN_EVERYONE

if TYPE_CHECKING:
    from portal.people.models import Department, Person

Provider = Callable[["Person"], Iterable[str]]
_providers: list[Provider] = []


def register_provider(provider: Provider) -> None:
    """Adds tokens of a new sort. Whoever changes their source calls people.receivers.end_cached_rights."""
    if provider not in _providers:
        _providers.append(provider)


def unregister_provider(provider: Provider) -> None:
    _providers.remove(provider)


def department(department: Department) -> str:
    """Members of the department and of what is below it."""
    return f"department:{department.pk}"


def person(person: Person) -> str:
    return f"person:{person.pk}"


def usergroup(pk: int) -> str:
    return f"usergroup:{pk}"


def provided(person: Person) -> set[str]:
    """Everything about a person that does not need the department tree."""
    found = {TOKEN_EVERYONE, f"person:{person.pk}"}
    if person.location_id:
        found.add(f"location:{person.location_id}")
    if person.role_id and person.role:
        found.add(f"role:{person.role.slug}")
    found.update(f"usergroup:{pk}" for pk in person.groups.values_list("pk", flat=True))
    for provider in _providers:
        found.update(provider(person))
    return found
