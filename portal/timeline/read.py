"""Reading a page of the timeline: exact for every reader, busy or quiet, on the first page and on deep ones.

Only the audiences with the newest positions can contribute to a page, so the newest heads are merged first,
each a short index range, and the merge goes on while the last item is older than the next head.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from django.db import connection

from portal.audience.access import audiences_of
from portal.catalogue.models import Entry
from portal.host import gate
from portal.host.snapshot import Closed
from portal.people.models import Person
from portal.timeline.why import why

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from portal.people.models import Department

FIRST_HEADS = 20


class Row(NamedTuple):
    """What the merge reads of an activity; sorts by position."""

    position: int
    entry_id: int
    verb: str
    actor_id: int | None


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


@dataclass(frozen=True)
class Filter:
    """Narrows the timeline: to a kind, or to a department and what is below it."""

    kind: str = ""
    department: Department | None = None

    def sql(self) -> tuple[str, list[object]]:
        if not self.kind and self.department is None:
            return "", []
        wanted, params = ["e.id = a.entry_id"], []
        if self.kind:
            wanted.append("e.kind = %s")
            params.append(self.kind)
        if self.department is not None:
            wanted.append("e.department_id IN (SELECT d.id FROM people_department d WHERE d.path LIKE %s)")
            params.append(self.department.path + "%")
        return f" AND EXISTS (SELECT 1 FROM catalogue_entry e WHERE {' AND '.join(wanted)})", list(params)  # noqa: S608


def timeline_page(
    person: Person | AnonymousUser,
    *,
    before: int | None = None,
    limit: int = 20,
    department: Department | None = None,
    kind: str = "",
) -> TimelinePage:
    """The `limit` newest activities the person may see, older than the cursor `before`; each entry once."""
    narrowing = Filter(kind=kind, department=department)
    audiences, closed = sorted(audiences_of(person)), gate.closed_for(person)
    chosen: dict[int, Row] = {}
    entries: dict[int, Entry] = {}
    while len(chosen) < limit:
        rows = _merge(audiences, closed, before, limit + 1, narrowing)
        if not rows:
            return _page(person, chosen, entries, None)
        more = len(rows) > limit
        rows = rows[:limit]
        wanted = [row.entry_id for row in rows if row.entry_id not in entries]
        found = Entry.objects.visible_to(person).for_cards().in_bulk(wanted)
        for row in rows:
            before = row.position
            if row.entry_id in found and row.entry_id not in chosen:
                chosen[row.entry_id] = row
                if len(chosen) == limit:
                    break
        entries.update(found)
        if not more and before == rows[-1].position:
            return _page(person, chosen, entries, None)
    return _page(person, chosen, entries, before)


def _page(
    person: Person | AnonymousUser, chosen: dict[int, Row], entries: dict[int, Entry], before: int | None
) -> TimelinePage:
    authors = {entry.author_id: entry.author for entry in entries.values() if entry.author_id}
    absent = {row.actor_id for row in chosen.values() if row.actor_id and row.actor_id not in authors}
    actors = authors | (Person.objects.in_bulk(absent) if absent else {})
    items = [
        TimelineItem(entries[pk], row.verb, actors.get(row.actor_id), row.position, why(person, entries[pk]))
        for pk, row in chosen.items()
    ]
    return TimelinePage(items, before)


def _merge(audiences: Sequence[int], closed: Closed, before: int | None, limit: int, narrowing: Filter) -> list[Row]:
    """The newest `limit` rows over all audiences."""
    if not audiences:
        return []
    heads = _heads(audiences, before)
    rows: list[Row] = []
    start, count = 0, FIRST_HEADS
    while start < len(heads):
        batch = heads[start : start + count]
        rows = sorted([*rows, *_ranges([a for a, _p in batch], closed, before, limit, narrowing)], reverse=True)
        rows = rows[:limit]
        start, count = start + count, count * 2
        if len(rows) == limit and start < len(heads) and rows[-1].position > heads[start][1]:
            break
    return rows


def _heads(audiences: Sequence[int], before: int | None) -> list[tuple[int, int]]:
    """(audience, its newest position before the cursor), newest first."""
    marks = ", ".join(["%s"] * len(audiences))
    if before is None:
        sql = (
            f"SELECT audience_id, position FROM timeline_audiencehead WHERE audience_id IN ({marks}) "  # noqa: S608
            "ORDER BY position DESC"
        )
        params: list[object] = list(audiences)
    else:
        sql = (
            "SELECT audience_id, newest FROM (SELECT h.audience_id, (SELECT max(a.position) FROM timeline_activity a "  # noqa: S608
            "WHERE a.audience_id = h.audience_id AND a.live AND a.position IS NOT NULL AND a.position < %s) AS newest "
            f"FROM timeline_audiencehead h WHERE h.audience_id IN ({marks})) AS heads "
            "WHERE newest IS NOT NULL ORDER BY newest DESC"
        )
        params = [before, *audiences]
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return [(int(a), int(p)) for a, p in cursor.fetchall()]


def _ranges(audiences: Sequence[int], closed: Closed, before: int | None, limit: int, narrowing: Filter) -> list[Row]:
    """The newest rows of each audience: one index range each, in one statement."""
    condition, shared = "a.live AND a.position IS NOT NULL AND a.gate_id <= %s", [closed.upto]
    if closed.ids:
        condition += f" AND a.gate_id NOT IN ({', '.join(['%s'] * len(closed.ids))})"
        shared += sorted(closed.ids)
    if before is not None:
        condition += " AND a.position < %s"
        shared.append(before)
    extra, extra_params = narrowing.sql()
    one = (
        "SELECT * FROM (SELECT a.position, a.entry_id, a.verb, a.actor_id FROM timeline_activity a "  # noqa: S608
        f"WHERE a.audience_id = %s AND {condition}{extra} ORDER BY a.position DESC LIMIT %s) AS picked"
    )
    params: list[object] = []
    for audience in audiences:
        params += [audience, *shared, *extra_params, limit]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join([one] * len(audiences)), params)
        return [Row(*row) for row in cursor.fetchall()]
