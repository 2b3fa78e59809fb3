"""PostgreSQL: a tsvector with a GIN index, whose words, positions and weights are made beforehand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import connection

from portal.catalogue.models import Entry
from search.analysis import analyse
from search.conf import RANKED, TITLED
from search.engines.database.fields import field_weights, texts
from search.models import Document
from search.query import SearchRequest
from search.ranking import numbers
from search.terms import Query, Term

_LETTERS = "ABCD"  # PostgreSQL's names for the weights of title, names, summary and body
_EXACT_TITLE = 1 / 30  # of its factor: ts_rank gives much smaller numbers than Elasticsearch
_FEW = 2_000  # matches that are all ranked
_LAST_POSITION = 16_383
_POSITIONS = 255  # kept for one word
_BYTES = 700_000  # of words; a tsvector holds 1 MB with its positions
_GAP = 10  # between fields, so that no phrase reaches from one into the next


class PostgreSQL:
    """What is rare is found in the index first; of what is everywhere not all is looked at.

    PostgreSQL itself cannot tell the two apart: it takes every word that it has not counted for a frequent one.
    """

    matching = (
        "SELECT scope.* FROM ({scope}) AS scope JOIN search_document ON entry_id = hit_id "
        "WHERE vector @@ %s::tsquery LIMIT %s"
    )
    _scored = (
        "SELECT hit_id, (CASE WHEN LOWER(hit_title) = %s THEN %s ELSE 0 END "
        "+ ts_rank(%s::float4[], vector, %s::tsquery)) * hit_weight AS score "
        "FROM {ranked} JOIN search_document ON entry_id = hit_id "
        "ORDER BY score DESC, hit_published DESC, hit_id DESC LIMIT %s OFFSET %s"
    )
    # Of many matches so many are ranked: those whose titles hold the words, then the newest. Both are looked for by
    # themselves, each by what index is best for it.
    _newest = (
        "SELECT hit_id, hit_title, hit_published, hit_weight, {titled} AS hit_titled "
        "FROM ({scope}) AS scope JOIN search_document ON entry_id = hit_id "
        "WHERE {words} @@ %s::tsquery ORDER BY hit_published DESC, hit_id DESC LIMIT %s"
    )
    _ranked = (
        "WITH titled AS MATERIALIZED ({titled}), newest AS MATERIALIZED ({newest}), "
        "ranked AS MATERIALIZED (SELECT * FROM titled UNION ALL SELECT * FROM newest "
        "WHERE hit_id NOT IN (SELECT hit_id FROM titled) "
        "ORDER BY hit_titled DESC, hit_published DESC, hit_id DESC LIMIT %s) {scored}"
    )

    def few(self, match: str) -> list[int] | None:
        """The numbers of all entries that match, visible or not; None where they are many. One query."""
        sql = "SELECT entry_id FROM search_document WHERE vector @@ %s::tsquery LIMIT %s"
        [rows] = self.answers((sql, [match, _FEW + 1]))
        found = [int(pk) for (pk,) in rows]
        return found if len(found) <= _FEW else None

    def answers(self, *statements: tuple[str, Sequence[Any]]) -> list[list[tuple[Any, ...]]]:
        """The rows of each statement; all are asked at once.

        Without parallel workers: to start them takes longer than the search itself.
        """
        sql = "; ".join(["SET LOCAL max_parallel_workers_per_gather = 0", *(text for text, _params in statements)])
        found = []
        with connection.cursor() as cursor:
            cursor.execute(sql, [param for _text, params in statements for param in params])
            while cursor.nextset():
                found.append(list(cursor.fetchall()))
        return found

    def exact_title(self) -> float:
        """What is added where the title is just what is sought."""
        return numbers()["exact_title"] * _EXACT_TITLE

    def statement(
        self, query: Query, match: str, scope: str, scope_params: Sequence[Any], request: SearchRequest, *, few: bool
    ) -> tuple[str, list[Any]]:
        """One page of matches in a scope, as SQL and its parameters. `few`: all that the scope holds matches."""
        weights = field_weights()[::-1]  # of D, C, B, A
        score = [query.text.lower(), self.exact_title(), weights, match]
        page = [request.size, request.offset]
        if few:
            return self._scored.format(ranked=f"({scope}) AS scope"), [*score, *scope_params, *page]
        titled = self._newest.format(titled=1, scope=scope, words="ts_filter(vector, '{a}')")
        newest = self._newest.format(titled=0, scope=scope, words="vector")
        parts = [*scope_params, match, TITLED, *scope_params, match, RANKED, RANKED]
        scored = self._scored.format(ranked="ranked")
        return self._ranked.format(titled=titled, newest=newest, scored=scored), [*parts, *score, *page]

    def held(self, first: int, last: int) -> set[int]:
        """Of the entries numbered from `first` to `last` those whose words are in the index; one query."""
        worded = Document.objects.filter(entry_id__range=(first, last), vector__isnull=False)
        return set(worded.values_list("entry_id", flat=True))

    def count(self) -> int:
        """Entries whose words are in the index; one query."""
        return Document.objects.filter(vector__isnull=False).count()

    def expression(self, query: Query) -> str:
        """The query as the text of a tsquery. Every word is quoted, so that none can be read as an operator."""
        return " & ".join(f"({_term(term)})" for term in query.terms)

    def write(self, entries: Sequence[Entry]) -> None:
        rows = [(entry.pk, entry.version, vector(entry)) for entry in entries]
        with connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO search_document (entry_id, version, vector) VALUES (%s, %s, %s::tsvector) "
                "ON CONFLICT (entry_id) DO UPDATE SET version = excluded.version, vector = excluded.vector "
                "WHERE search_document.version <= excluded.version",
                rows,
            )


def vector(entry: Entry) -> str:
    """The entry's words as the text of a tsvector."""
    found: dict[str, list[str]] = {}
    position, size = 1, 0
    for letter, (text, languages) in zip(_LETTERS, texts(entry), strict=True):
        for word in analyse(text, languages):
            for variant in (word.folded, *word.variants):
                places = found.setdefault(variant, [])
                size += 0 if places else len(variant.encode())
                if len(places) < _POSITIONS:
                    places.append(f"{min(position, _LAST_POSITION)}{letter}")
            position += 1
            if size > _BYTES:
                break
        position += _GAP
    return " ".join(f"{_quoted(word)}:{','.join(dict.fromkeys(places))}" for word, places in found.items())


def _quoted(word: str) -> str:
    return "'" + word.replace("\\", "\\\\").replace("'", "''") + "'"


def _term(term: Term) -> str:
    return " | ".join(f"({_one(way)})" for way in (term, *term.others))


def _one(term: Term) -> str:
    if term.parts:
        return " & ".join(f"({_term(part)})" for part in term.parts)
    if term.phrase:
        return " <-> ".join(_quoted(word) for word in term.words)
    if term.code:
        parts = " & ".join(_quoted(word) for word in term.words)
        return f"{_quoted(term.code)} | ({parts})"
    word = term.words[0]
    ways = [_quoted(word), *(_quoted(stem) for stem in term.stems)]
    if term.written and term.written != word:
        ways.append(_quoted(term.written))
    if term.prefix:
        ways.append(_quoted(word) + ":*")
    return " | ".join(ways)
