"""The departments in memory: every page names some, and they change seldom."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass, field

from portal.audience import stamps
from portal.people.models import Department


@dataclass(frozen=True)
class Tree:
    """All departments in the order of the tree. Shared by all requests of the process: for reading only."""

    stamp: int
    departments: dict[int, Department] = field(default_factory=dict)

    @property
    def organisation(self) -> Department | None:
        return next(iter(self.departments.values()), None)

    def some(self, ids: Iterable[int]) -> list[Department]:
        """Those of the ids that exist, in the order of the tree."""
        wanted = set(ids)
        return [department for pk, department in self.departments.items() if pk in wanted]


_lock = threading.Lock()
_current: Tree | None = None


def current() -> Tree:
    """The tree as last committed, no older than the stamps; read anew inside a transaction that changed it."""
    global _current
    if stamps.pending():
        return stamps.until_next_bump("tree", lambda: _read(0))
    stamp = stamps.current("departments")
    if _current is None or _current.stamp != stamp:
        tree = _read(stamp)
        with _lock:
            _current = tree
        return tree
    return _current


def _read(stamp: int) -> Tree:
    found = Department.objects.select_related("location").order_by("path")
    return Tree(stamp, {department.pk: department for department in found})


def forget() -> None:
    """Drops it; needed only where rows are rolled back under it, as in tests."""
    global _current
    _current = None
