"""What is typed, for the database's own engine: candidates of each group in one statement, ranked here.

Only the newest candidates are looked at: one letter is in everything, and what is typed next narrows it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Exists, F, OuterRef
from django.db.models.functions import Length

from portal.audience.access import access_of
from portal.catalogue.models import Entry, Topic
from portal.catalogue.querysets import EntryQuerySet
from portal.languages import interface_language
from search.beginnings import Beginning, Beginnings, Begun, Group, closeness, likeness, topic_pattern
from search.engines.database.suggest_similar import similar

_CANDIDATES = 200  # of each group
_TOPICS = "topics"
_FROM = {
    "sqlite": "JOIN search_index ON search_index.rowid = hit_id WHERE search_index MATCH %s ORDER BY hit_id DESC",
    "postgresql": "JOIN search_document ON entry_id = hit_id WHERE vector @@ %s::tsquery ORDER BY hit_published DESC",
}


class _Candidate(NamedTuple):
    group: str
    pk: int
    title: str
    language: str
    department: int | None


def suggest(asked: Beginnings) -> Begun:
    """One query, and a second if nothing begins as it is typed."""
    begun = _begun(asked)
    if any(begun.entries.values()):
        return begun
    return replace(begun, similar=similar(asked, [(group, _of_group(group, asked)) for group in asked.groups]))


def _begun(asked: Beginnings) -> Begun:
    parts, params = [], []
    for group in asked.groups:
        part, values = _group(group, asked)
        parts.append(part)
        params += values
    if asked.topics:
        part, values = _topics(asked)
        parts.append(part)
        params += values
    parts = [part for part in parts if part]
    if not parts:
        return Begun()
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts), params)
        rows = [_Candidate(*row) for row in cursor.fetchall()]
    return _ranked(rows, asked)


def _of_group(group: Group, asked: Beginnings) -> EntryQuerySet:
    """What of it the person may see."""
    entries: EntryQuerySet = Entry.objects.visible_to(asked.person).filter(subject=None)
    if group.kind:
        entries = entries.filter(kind=group.kind)
    if group.types:
        entries = entries.filter(type__in=group.types)
    if group.without:
        entries = entries.exclude(type__in=group.without)
    return entries


def _group(group: Group, asked: Beginnings) -> tuple[str, list[Any]]:
    """Its candidates as SQL; nothing for somebody who may see nothing at all."""
    entries = _of_group(group, asked)
    columns = {
        "id": "pk",
        "title": "title",
        "language": "language",
        "home": "department_id",
        "published": "published_at",
    }
    named = entries.order_by().annotate(**{f"hit_{name}": F(column) for name, column in columns.items()})
    try:
        scope, params = named.values(*(f"hit_{name}" for name in columns)).query.sql_with_params()
    except EmptyResultSet:
        return "", []
    vendor = connection.vendor
    match = (_fts if vendor == "sqlite" else _tsquery)(asked.words, group)
    inner = f"SELECT hit_id, hit_title, hit_language, hit_home FROM ({scope}) AS scope {_FROM[vendor]} LIMIT %s"  # noqa: S608
    statement = f"SELECT CAST(%s AS TEXT), found.* FROM ({inner}) AS found"  # noqa: S608
    return statement, [group.name, *params, match, _CANDIDATES]


def _topics(asked: Beginnings) -> tuple[str, list[Any]]:
    """Topics of what the person may see, the shortest first."""
    seen = Entry.objects.visible_to(asked.person).filter(entry_topics__topic=OuterRef("pk"))
    topics = Topic.objects.filter(Exists(seen))
    for word in asked.words:
        topics = topics.filter(slug__regex=f"(^|[-_]){topic_pattern(word)}")
    try:
        named = topics.order_by(Length("slug"), "slug").annotate(topic_id=F("pk"), topic_slug=F("slug"))
        columns = named.values("topic_id", "topic_slug")[: asked.topics]
        scope, params = columns.query.sql_with_params()
    except EmptyResultSet:
        return "", []
    statement = f"SELECT CAST(%s AS TEXT), found.topic_id, found.topic_slug, '', NULL FROM ({scope}) AS found"  # noqa: S608
    return statement, [_TOPICS, *params]


def _fts(words: Sequence[Beginning], group: Group) -> str:
    """In FTS5's language. Folded words are letters and digits, and are quoted nevertheless."""
    return " AND ".join(f'({"" if group.beyond_titles(word) else "{title} : "}"{word.folded}" *)' for word in words)


def _tsquery(words: Sequence[Beginning], group: Group) -> str:
    """As the text of a tsquery; words of titles have the weight A."""
    return " & ".join(f"'{word.folded}':*{'' if group.beyond_titles(word) else 'A'}" for word in words)


def _ranked(rows: Sequence[_Candidate], asked: Beginnings) -> Begun:
    mine, language = access_of(asked.person).departments, interface_language()
    by_group: dict[str, list[tuple[float, _Candidate]]] = defaultdict(list)
    for row in rows:
        rank = 0.0 if row.group == _TOPICS else likeness(row.title, asked)
        rank += closeness(row.department, row.language, mine=mine, own=language)
        by_group[row.group].append((rank, row))
    entries = {}
    for group in asked.groups:
        found = by_group[group.name]
        if group.everywhere:
            found.sort(key=lambda pair: pair[1].title.lower())
        found.sort(key=lambda pair: -pair[0])  # stable: what is alike stays in its order
        entries[group.name] = [row.pk for _rank, row in found[: group.size]]
    return Begun(entries, [row.title for _rank, row in by_group[_TOPICS]])
