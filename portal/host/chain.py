"""A department and those above it, from memory: whatever is set per department is inherited along this chain."""

from __future__ import annotations

from portal.people import tree
from portal.people.models import Department

_by_path: tuple[tree.Tree, dict[str, Department]] | None = None


def above(department: Department | int | None) -> list[Department]:
    """The department, then those above it up to the organisation; None is the organisation itself."""
    global _by_path
    current = tree.current()
    known = _by_path
    if known is None or known[0] is not current:
        known = (current, {found.path: found for found in current.departments.values()})
        _by_path = known
    if isinstance(department, int):
        department = current.departments.get(department)
    department = department or current.organisation
    if department is None:
        return []
    step = Department.steplen
    paths = (department.path[:end] for end in range(len(department.path), 0, -step))
    return [known[1][path] for path in paths if path in known[1]]
