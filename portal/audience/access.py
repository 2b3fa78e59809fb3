"""What a person satisfies, computed in memory and cached under the version the person's own row carries."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from portal.audience import stamps, tokens
from portal.audience.expressions import Expression
from portal.audience.interning import store
from portal.audience.models import Audience

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from portal.people.models import Person

CACHED_PEOPLE = 5000
_RIGHTS = {"heads": "is_head", "editors": "is_editor", "moderators": "is_moderator", "local_it": "is_local_it"}


@dataclass
class Access:
    """One person's rights to see: tokens, the departments directly belonged to, the audiences satisfied."""

    tokens: frozenset[str]
    departments: frozenset[int]
    primary: int | None
    audiences: frozenset[int] = frozenset()
    rights: dict[str, frozenset[int]] = field(default_factory=dict)  # "heads" -> departments, ...
    seen: int = field(default=0)  # audiences up to this id are judged
    complete: bool = True  # False: somebody could not tell all tokens, so it is computed anew next time
    _notes: dict[str, Any] = field(default_factory=dict)

    def extend(self) -> None:
        """Judges the audiences that were interned since."""
        store.refresh()
        if self.seen < store.newest:
            newest = store.newest
            more = {pk for pk, expression in store.items_after(self.seen) if expression.satisfied_by(self.tokens)}
            self.audiences, self.seen = self.audiences | more, newest

    def remembers(self, name: str, ask: Callable[[], Any]) -> Any:
        """What `ask` said the first time: for hints of the frame, never for a decision about access."""
        if name not in self._notes:
            self._notes[name] = ask()
        return self._notes[name]


_NOBODY = Access(tokens=frozenset(), departments=frozenset(), primary=None)
_cache: OrderedDict[tuple[object, ...], Access] = OrderedDict()
_lock = threading.Lock()


def _compute(person: Person) -> Access:
    from portal.people.models import Department

    memberships = list(person.memberships.select_related("department"))
    found, complete = tokens.provided(person)
    found.update(f"department-only:{m.department_id}" for m in memberships)
    found.update(f"head:{m.department_id}" for m in memberships if m.is_head)
    step = Department.steplen
    paths = {m.department.path[:end] for m in memberships for end in range(step, len(m.department.path) + 1, step)}
    if paths:
        above = Department.objects.filter(path__in=paths).values_list("pk", flat=True)
        found.update(f"department:{pk}" for pk in above)
    return Access(
        tokens=frozenset(found),
        departments=frozenset(m.department_id for m in memberships),
        primary=next((m.department_id for m in memberships if m.is_primary), None),
        rights={
            name: frozenset(m.department_id for m in memberships if getattr(m, flag)) for name, flag in _RIGHTS.items()
        },
        complete=complete,
    )


def access_of(person: Person | AnonymousUser) -> Access:
    """The person's access; nothing for whoever is not logged in or no longer active."""
    if not person.is_authenticated or not person.is_active:
        return _NOBODY
    if stamps.pending():
        return _uncommitted(person)
    key = (person.pk, person.access_version, person.role_id, person.location_id)
    access = _cache.get(key) or person.__dict__.get("_folkmoot_incomplete")
    if access is None:
        access = _compute(person)
        if access.complete:
            with _lock:
                _cache[key] = access
                while len(_cache) > CACHED_PEOPLE:
                    _cache.popitem(last=False)
        else:
            person.__dict__["_folkmoot_incomplete"] = access  # for this request only
    access.extend()
    return access


def _uncommitted(person: Person) -> Access:
    """Inside a transaction that interned audiences: what holds if it commits. Read anew each time, kept nowhere."""
    access = _compute(person)
    rows = Audience.objects.values_list("pk", "key")
    satisfied = {pk for pk, key in rows if Expression.from_key(key).satisfied_by(access.tokens)}
    return Access(access.tokens, access.departments, access.primary, frozenset(satisfied), access.rights)


def audiences_of(person: Person | AnonymousUser) -> frozenset[int]:
    """The ids of all audiences the person satisfies; no SQL when warm."""
    return access_of(person).audiences


def tokens_of(person: Person | AnonymousUser) -> frozenset[str]:
    return access_of(person).tokens


def forget() -> None:
    """Empties the cache; needed only where rows are rolled back under it, as in tests."""
    with _lock:
        _cache.clear()
