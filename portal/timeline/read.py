"""Reading a page of the timeline: exact for every reader, busy or quiet, on the first page and on deep ones.

Only the audiences with the newest positions can contribute to a page, so the newest heads are merged first,
each a short index range (ranges.py), and the merge goes on while the last item is older than the next head.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from portal.audience.access import access_of, audiences_of
from portal.catalogue.models import Entry
from portal.host import gate
from portal.people import tree
from portal.people.models import Person
from portal.timeline.ranges import Row, Wanted, department_rows, merged_rows
from portal.timeline.why import why

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from portal.people.models import Department


@dataclass(frozen=True)
class TimelineItem:
    """One entry on a timeline. `actor` did it; None for a system, or for somebody who is gone."""

    entry: Entry
    verb: str
    actor: Person | None
    position: int
    why: str


@dataclass(frozen=True)
class TimelinePage:
    """`next_before` is the cursor of the next, older page; None at the end."""

    items: list[TimelineItem]
    next_before: int | None


def timeline_page(
    person: Person | AnonymousUser,
    *,
    before: int | None = None,
    limit: int = 20,
    department: Department | None = None,
    kind: str = "",
) -> TimelinePage:
    """The `limit` newest activities the person may see, older than the cursor `before`.

    `department` narrows to what is at home there or below, `kind` to one kind. Three queries, unless something
    that expired since leaves holes to fill.
    """
    wanted = Wanted(
        audiences=sorted(audiences_of(person)),
        closed=gate.closed_for(person),
        before=before,
        kind=kind,
        departments=_branch(department),
        limit=limit + 1,
    )
    chosen: list[Row] = []
    entries: dict[int, Entry] = {}
    while True:
        rows = _rows(wanted)
        entries |= Entry.objects.visible_to(person).for_cards().in_bulk([row.entry_id for row in rows])
        chosen += [row for row in rows if row.entry_id in entries]
        if len(chosen) > limit or len(rows) < wanted.limit:
            break
        wanted = replace(wanted, before=rows[-1].position)
    return TimelinePage(
        items=_items(person, chosen[:limit], entries),
        next_before=chosen[limit - 1].position if len(chosen) > limit else None,
    )


def _branch(department: Department | None) -> list[int]:
    if department is None:
        return []
    return [d.pk for d in tree.current().departments.values() if d.path.startswith(department.path)]


def _rows(wanted: Wanted) -> list[Row]:
    if not wanted.audiences:
        return []
    return department_rows(wanted) if wanted.departments else merged_rows(wanted)


def _items(person: Person | AnonymousUser, rows: list[Row], entries: dict[int, Entry]) -> list[TimelineItem]:
    authors = {entry.author_id: entry.author for entry in entries.values() if entry.author_id}
    absent = {row.actor_id for row in rows if row.actor_id and row.actor_id not in authors}
    actors = authors | (Person.objects.in_bulk(absent) if absent else {})
    access = access_of(person)
    return [
        TimelineItem(
            entry=entries[row.entry_id],
            verb=row.verb,
            actor=actors.get(row.actor_id),
            position=row.position,
            why=why(person, access, entries[row.entry_id]),
        )
        for row in rows
    ]
