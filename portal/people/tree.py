"""The departments in memory: every page names some, and they change seldom."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

from portal.audience import stamps
from portal.people.models import Department


@dataclass(frozen=True)
class Tree:
    """All departments in the order of the tree. Shared by all requests of the process: for reading only."""

    departments: dict[int, Department] = field(default_factory=dict)

    @property
    def organisation(self) -> Department | None:
        return next(iter(self.departments.values()), None)

    def some(self, ids: Iterable[int]) -> list[Department]:
        """Those of the ids that exist, in the order of the tree."""
        wanted = set(ids)
        return [department for pk, department in self.departments.items() if pk in wanted]

    def above(self, department: Department | int | None) -> list[Department]:
        """The department, then those above it up to the organisation; None is the organisation itself."""
        if isinstance(department, int):
            department = self.departments.get(department)
        department = department or self.organisation
        if department is None:
            return []
        paths = (department.path[:end] for end in range(len(department.path), 0, -Department.steplen))
        return [self._by_path[path] for path in paths if path in self._by_path]

    def at(self, address: str) -> Department | None:
        """The department whose `url_path` that is, with or without slashes around it."""
        return self._by_address.get(address.strip("/"))

    @cached_property
    def _by_address(self) -> dict[str, Department]:
        return {department.url_path: department for department in self.departments.values()}

    @cached_property
    def _by_path(self) -> dict[str, Department]:
        return {department.path: department for department in self.departments.values()}


def _read() -> Tree:
    found = Department.objects.select_related("location").order_by("path")
    return Tree({department.pk: department for department in found})


_kept = stamps.Kept("departments", _read)
current = _kept.get
