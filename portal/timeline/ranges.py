"""The index ranges behind a page of the timeline, in the SQL each database reads fastest.

Written by hand, since no queryset says "the newest of each of these ranges". Every value is a parameter.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db import connection

from portal.host.snapshot import Closed

FIRST_HEADS = 20
# What the indexes hold; verb and actor are read for the few rows of the page only.
COLUMNS = "a.position, a.entry_id"


class Row(NamedTuple):
    """What is read of an activity; sorts by position."""

    position: int
    entry_id: int
    verb: str
    actor_id: int | None


@dataclass(frozen=True)
class Wanted:
    """The newest `limit` rows for these audiences, through no closed gate, older than `before`, narrowed."""

    audiences: Sequence[int]
    closed: Closed
    before: int | None
    kind: str
    departments: Sequence[int]
    limit: int


class Sql:
    """A condition that grows, with its parameters. Lists are one array on PostgreSQL."""

    def __init__(self) -> None:
        self.text = "a.live AND a.position IS NOT NULL"
        self.params: list[Any] = []
        self.arrays = connection.vendor == "postgresql"

    def add(self, text: str, *params: Any) -> None:
        self.text += f" AND {text}"
        self.params += params

    def add_list(self, column: str, ids: Sequence[int], *, excluded: bool = False) -> None:
        if self.arrays:
            self.add(f"{column} {'<> ALL' if excluded else '= ANY'}(%s::bigint[])", list(ids))
        else:
            marks = ", ".join(["%s"] * len(ids))
            self.add(f"{column} {'NOT IN' if excluded else 'IN'} ({marks})", *ids)


def _condition(wanted: Wanted) -> Sql:
    sql = Sql()
    sql.add("a.gate_id <= %s", wanted.closed.upto)
    if wanted.closed.ids:
        sql.add_list("a.gate_id", sorted(wanted.closed.ids), excluded=True)
    if wanted.before is not None:
        sql.add("a.position < %s", wanted.before)
    if wanted.kind:
        sql.add("a.kind = %s", wanted.kind)
    return sql


def _rows(statement: str, params: Sequence[Any], limit: int) -> list[Row]:
    """The newest `limit` of the (position, entry) pairs a statement gives, with their verbs and actors."""
    whole = (
        "SELECT p.position, p.entry_id, x.verb, x.actor_id FROM "  # noqa: S608
        f"(SELECT position, entry_id FROM ({statement}) AS r ORDER BY position DESC LIMIT %s) AS p "
        "JOIN timeline_activity x ON x.position = p.position ORDER BY p.position DESC"
    )
    return [Row(*row) for row in _fetch(whole, [*params, limit])]


def _fetch(sql: str, params: Sequence[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found


def department_rows(wanted: Wanted) -> list[Row]:
    """Walks the departments' own indexes, newest first, past what is not for this reader."""
    sql = _condition(wanted)
    sql.add_list("a.audience_id", wanted.audiences)
    sql.add_list("a.department_id", wanted.departments)
    statement = f"SELECT {COLUMNS} FROM timeline_activity a WHERE {sql.text} ORDER BY a.position DESC LIMIT %s"  # noqa: S608
    return _rows(statement, [*sql.params, wanted.limit], wanted.limit)


def merged_rows(wanted: Wanted) -> list[Row]:
    """Merges the ranges of the newest heads, and goes on while the last row is older than the next head."""
    heads = _heads(wanted)
    rows: list[Row] = []
    start, count = 0, FIRST_HEADS
    while start < len(heads):
        audiences = [audience for audience, _position in heads[start : start + count]]
        rows = sorted([*rows, *_ranges(audiences, wanted)], reverse=True)[: wanted.limit]
        start, count = start + count, count * 2
        if len(rows) == wanted.limit and start < len(heads) and rows[-1].position > heads[start][1]:
            break
    return rows


def _heads(wanted: Wanted) -> list[tuple[int, int]]:
    """(audience, its newest position before the cursor), newest first."""
    sql = Sql()
    sql.text = "h.kind = %s"
    sql.params = [wanted.kind]
    sql.add_list("h.audience_id", wanted.audiences)
    table = f"timeline_audiencehead h WHERE {sql.text}"
    if wanted.before is None:
        return _fetch(f"SELECT h.audience_id, h.position FROM {table} ORDER BY h.position DESC", sql.params)  # noqa: S608
    kind, kind_params = (" AND a.kind = %s", [wanted.kind]) if wanted.kind else ("", [])
    newest = (
        "SELECT a.position FROM timeline_activity a WHERE a.audience_id = h.audience_id AND a.live "  # noqa: S608
        f"AND a.position IS NOT NULL AND a.position < %s{kind} ORDER BY a.audience_id, a.position DESC LIMIT 1"
    )
    statement = (
        f"SELECT audience_id, newest FROM (SELECT h.audience_id, ({newest}) AS newest FROM {table}) AS heads "  # noqa: S608
        "WHERE newest IS NOT NULL ORDER BY newest DESC"
    )
    return _fetch(statement, [wanted.before, *kind_params, *sql.params])


def _ranges(audiences: Sequence[int], wanted: Wanted) -> list[Row]:
    """The newest rows of each audience: one index range each, in one statement.

    Ordering by audience as well, which is the same for all of a range, keeps PostgreSQL on the range's own index.
    """
    sql = _condition(wanted)
    order = (
        "ORDER BY a.audience_id, a.kind, a.position DESC" if wanted.kind else "ORDER BY a.audience_id, a.position DESC"
    )
    if connection.vendor == "postgresql":
        statement = (
            "SELECT r.position, r.entry_id FROM unnest(%s::bigint[]) AS h(audience) CROSS JOIN LATERAL ("  # noqa: S608
            f"SELECT {COLUMNS} FROM timeline_activity a WHERE a.audience_id = h.audience AND {sql.text} {order} "
            "LIMIT %s) AS r"
        )
        params: list[Any] = [list(audiences), *sql.params, wanted.limit]
    else:
        one = (
            f"SELECT * FROM (SELECT {COLUMNS} FROM timeline_activity a WHERE a.audience_id = %s AND {sql.text} "  # noqa: S608
            f"{order} LIMIT %s) AS picked"
        )
        statement = " UNION ALL ".join([one] * len(audiences))
        params = [value for audience in audiences for value in (audience, *sql.params, wanted.limit)]
    return _rows(statement, params, wanted.limit)
