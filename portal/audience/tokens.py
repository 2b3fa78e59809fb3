"""Tokens: what a person is, in the words audiences are written in.

A provider adds more; those of plugins (group:7) come through portal.host.tokens.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from portal.audience.expressions import TOKEN_EVERYONE

if TYPE_CHECKING:
    from portal.people.models import Department, Person

Provider = Callable[["Person"], Iterable[str]]
_providers: list[Provider] = []


class Incomplete(Exception):
    """Not all tokens can be told now. `known` are those that can."""

    def __init__(self, known: Iterable[str]) -> None:
        super().__init__()
        self.known = frozenset(known)


def register_provider(provider: Provider) -> None:
    """Adds tokens of a new sort. Whoever changes their source calls people.receivers.end_cached_rights.

    With the tokens of a sort it gives `expressions.told`, if these are all. Where it cannot tell it raises
    Incomplete with what it knows, and is asked again by the next request.
    """
    if provider not in _providers:
        _providers.append(provider)


def unregister_provider(provider: Provider) -> None:
    _providers.remove(provider)


def department(department: Department | int) -> str:
    """Members of the department (or that of this id) and of what is below it."""
    return f"department:{department if isinstance(department, int) else department.pk}"


def heads(department: Department) -> str:
    """Whoever heads the department, at any time: a successor at once, without anything being written again."""
    return f"head:{department.pk}"


def person(person: Person) -> str:
    return f"person:{person.pk}"


def usergroup(pk: int) -> str:
    return f"usergroup:{pk}"


def provided(person: Person) -> tuple[set[str], bool]:
    """Everything about a person that does not need the department tree, and whether that is all."""
    complete = True
    found = {TOKEN_EVERYONE, f"person:{person.pk}"}
    if person.location_id:
        found.add(f"location:{person.location_id}")
    if person.role_id and person.role:
        found.add(f"role:{person.role.slug}")
    found.update(f"usergroup:{pk}" for pk in person.groups.values_list("pk", flat=True))
    for provider in _providers:
        try:
            found.update(provider(person))
        except Incomplete as error:
            found.update(error.known)
            complete = False
    return found, complete
