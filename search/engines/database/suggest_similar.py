"""What begins almost as it is typed, for the database's own engine: titles are read and compared.

Only asked when nothing begins as it is typed, and bounded rather than complete: of each group the newest titles.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from typing import Any, NamedTuple

from django.core.exceptions import EmptyResultSet
from django.db import connection

from portal.audience.access import access_of
from portal.catalogue.querysets import EntryQuerySet
from portal.languages import interface_language
from search.analysis import words_of
from search.beginnings import BEGUN, FARTHER, LIKE, NAME, WHOLE_LIKE, Beginnings, Group, closeness
from search.misspelling import like, like_name, like_whole

_NAMES, _TITLES = 5_000, 1_000  # that are compared, of a group of people and of another
_END = " "  # of a word, so that a pattern's last letter may be one too many


class _Title(NamedTuple):
    place: int  # of its group
    pk: int
    text: str
    language: str
    department: int | None


class _Wanted(NamedTuple):
    """A word as it is typed, and the patterns of what may be meant, if it may be misspelt."""

    folded: str
    like_whole: re.Pattern[str] | None = None
    like: re.Pattern[str] | None = None
    like_name: re.Pattern[str] | None = None


def similar(asked: Beginnings, groups: Sequence[tuple[Group, EntryQuerySet]]) -> list[int]:
    """Ids, the most alike first. One query, or none where no word may be misspelt.

    `groups`: what of each the person may see.
    """
    if not any(asked.may_differ(word) for word in asked.words):
        return []
    wanted = [_wanted(word.folded, asked.may_differ(word)) for word in asked.words]
    mine, language = access_of(asked.person).departments, interface_language()
    found: dict[int, list[tuple[float, int]]] = defaultdict(list)
    for title in _titles(groups):
        rank = _rank(wanted, words_of(title.text), is_name=groups[title.place][0].everywhere)
        if rank:
            rank += closeness(title.department, title.language, mine=mine, own=language)
            found[title.place].append((rank, title.pk))
    best = [pair for place, (group, _entries) in enumerate(groups) for pair in _best(found[place])[: group.size]]
    return [pk for _rank, pk in _best(best)]


def _best(found: list[tuple[float, int]]) -> list[tuple[float, int]]:
    return sorted(found, key=lambda pair: -pair[0])  # stable: what is alike stays in its order


def _titles(groups: Sequence[tuple[Group, EntryQuerySet]]) -> list[_Title]:
    parts: list[str] = []
    params: list[Any] = []
    for place, (group, entries) in enumerate(groups):
        newest = entries.order_by("-published_at", "-pk").values_list("pk", "title", "language", "department_id")
        try:
            sql, values = newest[: _NAMES if group.everywhere else _TITLES].query.sql_with_params()
        except EmptyResultSet:
            continue
        parts.append(f"SELECT {place}, part.* FROM ({sql}) AS part")  # noqa: S608  Django's own
        params += values
    if not parts:
        return []
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts), params)
        return [_Title(*row) for row in cursor.fetchall()]


def _wanted(folded: str, may_differ: bool) -> _Wanted:
    if not may_differ:
        return _Wanted(folded)
    return _Wanted(folded, *(re.compile(pattern(folded)) for pattern in (like_whole, like, like_name)))


def _rank(wanted: Sequence[_Wanted], known: Sequence[str], *, is_name: bool) -> float:
    """0 if a word is not there in any spelling."""
    total = NAME if is_name else 0.0
    for word in wanted:
        best = max((_likeness(word, one, is_name) for one in known), default=0.0)
        if not best:
            return 0.0
        total += best
    return total


def _likeness(word: _Wanted, known: str, is_name: bool) -> float:
    if known.startswith(word.folded):
        return BEGUN
    if word.like_whole and word.like_whole.fullmatch(known):
        return WHOLE_LIKE
    if word.like and word.like.match(known + _END):
        return LIKE
    return FARTHER if is_name and word.like_name and word.like_name.match(known + _END) else 0.0
