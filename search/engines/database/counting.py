"""All counts of a result page in one statement: what matches is found once, then counted by each facet."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Case, F, Q, Value, When

from portal.catalogue.models import EntryTopic, Topic
from portal.catalogue.querysets import EntryQuerySet
from search.facets import conditions, largest, since
from search.query import FACETS, TIMES, SearchRequest

_COLUMNS = {
    "kind": "kind", "type": "type", "plugin": "plugin", "department": "department_id", "author": "author_id",
    "language": "language",
}  # fmt: skip


def columns(entries: EntryQuerySet, request: SearchRequest, now: datetime) -> EntryQuerySet:
    """The entries with what is counted, and for each choice whether it holds: 1 or 0."""
    named: dict[str, Any] = {f"hit_{name}": F(column) for name, column in _COLUMNS.items()}
    named |= {f"is_{time}": _flag(Q(published_at__gte=since(time, now))) for time in TIMES}
    named |= {f"ok_{name}": _flag(condition) for name, condition in conditions(request, now).items()}
    found = entries.order_by().annotate(hit_id=F("pk"), **named)
    return found.values("hit_id", *named)


def _flag(condition: Q) -> Case:
    return Case(When(condition, then=Value(1)), default=Value(0))


def statement(matching: str, chosen: Iterable[str]) -> str:
    """`matching`: SQL that gives the columns of what matches, at most so many rows, with one `{scope}` in it.

    With choices the total is counted by itself, from `{narrowed}`: of a word that is everywhere not all is looked at.
    Gives (facet, value, number), and under "total" the number of all choices together.
    """
    names = list(chosen)
    parts = [_values(name, names) for name in _COLUMNS]
    parts += [_number("time", time, [*_others(names, "time"), f"is_{time}"]) for time in TIMES]
    topics, links = Topic._meta.db_table, EntryTopic._meta.db_table
    linked = f"found JOIN {links} AS link ON link.entry_id = hit_id JOIN {topics} AS topic ON topic.id = link.topic_id"
    parts.append(_most("topic", "topic.slug", linked, _others(names, "topic")))
    total = "(" + matching.replace("{scope}", "{narrowed}") + ") AS chosen" if names else "found"
    parts.append(f"SELECT 'total', '', COUNT(*) FROM {total}")  # noqa: S608
    return f"WITH found AS MATERIALIZED ({matching}) {' UNION ALL '.join(parts)}"


def _others(names: Sequence[str], *aside: str) -> list[str]:
    return [f"ok_{name}" for name in names if name not in aside]


def _where(flags: Sequence[str]) -> str:
    return " WHERE " + " AND ".join(f"{flag} = 1" for flag in flags) if flags else ""


def _values(name: str, names: Sequence[str]) -> str:
    return _most(name, f"hit_{name}", "found", _others(names, name))


def _most(name: str, column: str, rows: str, flags: Sequence[str]) -> str:
    """The values of most matches: those of authors may be thousands."""
    counted = (
        f"SELECT '{name}' AS facet, CAST({column} AS TEXT) AS value, COUNT(*) AS number FROM {rows}"  # noqa: S608
        f"{_where(flags)} GROUP BY {column} ORDER BY number DESC, value LIMIT {largest(name)}"
    )
    return f"SELECT * FROM ({counted}) AS most_{name}"  # noqa: S608


def _number(name: str, value: str, flags: Sequence[str]) -> str:
    return f"SELECT '{name}', '{value}', COUNT(*) FROM found{_where(flags)}"  # noqa: S608


def read(rows: Iterable[tuple[str, str | None, int]]) -> tuple[dict[str, dict[str, int]], int]:
    """(counts by facet and value, the total)."""
    counts: dict[str, dict[str, int]] = {name: {} for name in FACETS}
    total = 0
    for name, value, number in rows:
        if name == "total":
            total = number
        elif value and number:
            counts[name][value] = number
    return {n: dict(sorted(c.items(), key=lambda pair: (-pair[1], pair[0]))) for n, c in counts.items()}, total
