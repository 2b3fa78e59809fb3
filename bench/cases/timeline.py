"""The timeline as the project reads it, and the same page by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import connection
from django.utils import timezone

from portal.audience.access import audiences_of
from portal.host import gate
from portal.people.models import Person
from portal.timeline.models import Activity
from portal.timeline.read import TimelinePage, timeline_page

LIMIT = 20

# The page of one reader in one statement: what a careful developer writes without a framework. The filter by
# audience is the obvious one; for the median reader it is also the fast one.
BY_HAND = """
SELECT picked.position, picked.id, picked.verb, picked.created_at, entry.id, entry.kind, entry.type, entry.title,
  entry.summary, entry.url, entry.image, entry.plugin, entry.topic_names, entry.language, entry.published_at,
  entry.updated_at, entry.facets, entry.audience_id, author.id, author.username, author.first_name, author.last_name,
  author.job_title, author.photo, department.id, department.name, department.url_path, department.hue,
  actor.id, actor.username, actor.first_name, actor.last_name
FROM timeline_activity picked
JOIN catalogue_entry entry ON entry.id = picked.entry_id
JOIN people_department department ON department.id = entry.department_id
LEFT JOIN people_person author ON author.id = entry.author_id
LEFT JOIN people_person actor ON actor.id = picked.actor_id
WHERE picked.audience_id = ANY(%(audiences)s) AND picked.live AND picked.position IS NOT NULL
  AND picked.gate_id <= %(upto)s AND picked.gate_id <> ALL(%(closed)s)
  AND entry.state = 'live' AND entry.chain_live AND entry.visible_from <= %(now)s
  AND (entry.visible_until IS NULL OR entry.visible_until > %(now)s)
  AND entry.audience_id = ANY(%(audiences)s) AND entry.gate_id <= %(upto)s AND entry.gate_id <> ALL(%(closed)s)
ORDER BY picked.position DESC LIMIT %(limit)s
"""


def person(reader: str) -> Person:
    found: Person = Person.objects.get(username=reader)
    return found


def page(reader: str, depth: int = 0, **narrowing: Any) -> Callable[[], TimelinePage]:
    """One page; `depth` is how many of the newest activities of all it lies below."""
    who = person(reader)
    before = Activity.objects.order_by("-position")[depth].position if depth else None
    return lambda: timeline_page(who, before=before, limit=LIMIT, **narrowing)


def just_revoked(reader: str) -> Callable[[], TimelinePage]:
    """Each time the first page after the reader's rights have changed: audiences are computed anew."""
    who = person(reader)

    def operation() -> TimelinePage:
        who.access_version += 1
        return timeline_page(who, limit=LIMIT)

    return operation


def by_hand(reader: str) -> Callable[[], list[tuple[Any, ...]]]:
    """Through the same connection, as tuples."""
    who = person(reader)

    def operation() -> list[tuple[Any, ...]]:
        closed = gate.closed_for(who)
        params = {
            "audiences": list(audiences_of(who)),
            "upto": closed.upto,
            "closed": list(closed.ids),
            "now": timezone.now(),
            "limit": LIMIT,
        }
        with connection.cursor() as cursor:
            cursor.execute(BY_HAND, params)
            return list(cursor.fetchall())

    return operation


def ids(reader: str, depth: int = 0) -> Callable[[], list[int]]:
    """The entries of the page, for comparison."""
    read = page(reader, depth)
    return lambda: [item.entry.pk for item in read().items]


def ids_by_hand(reader: str) -> Callable[[], list[int]]:
    read = by_hand(reader)
    return lambda: [row[4] for row in read()]


def audiences(reader: str) -> Callable[[], int]:
    who = person(reader)
    return lambda: len(audiences_of(who))


CASES = {
    "page": page,
    "just_revoked": just_revoked,
    "by_hand": by_hand,
    "ids": ids,
    "ids_by_hand": ids_by_hand,
    "audiences": audiences,
}
