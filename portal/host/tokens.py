"""The tokens that plugins give people: `group:7`. One that fails opens nothing, and what excludes it stays shut."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from portal.audience import tokens
from portal.audience.expressions import CORE, told
from portal.host.guard import FAILED, Failed, guarded
from portal.host.registry import registry

if TYPE_CHECKING:
    from portal.people.models import Person

Tell = Callable[["Person"], Iterable[str]]


def of_plugins(person: Person) -> set[str]:
    """What the active plugins give the person, on or off: who somebody is does not depend on what is shown."""
    found: set[str] = set()
    complete = True
    for plugin in registry.active():
        for sort, tell in plugin.contributions.tokens.items():
            given = guarded(plugin.slug, f"tokens {sort}", FAILED, _told, sort, tell, person)
            if isinstance(given, Failed):
                complete = False
            else:
                found |= given
    if not complete:
        raise tokens.Incomplete(found)
    return found


def _told(sort: str, tell: Tell, person: Person) -> set[str] | Failed:
    """Raises ValueError for a token of another sort: no plugin makes anybody member of a department."""
    found = set(tell(person))
    for token in found:
        if sort in CORE or not isinstance(token, str) or token.partition(":")[0] != sort:
            raise ValueError(f"{token!r} is no token of the sort {sort!r}")
    return found | {told(sort)}


tokens.register_provider(of_plugins)
