"""SQLite: an FTS5 table whose words are made beforehand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import connection

from portal.catalogue.models import Entry
from search.analysis import analyse, distinct
from search.engines.database.fields import field_weights, texts
from search.query import SearchRequest
from search.ranking import numbers
from search.terms import Query, Term

_EXACT_TITLE = 2 / 3  # of its factor: bm25 gives smaller numbers than Elasticsearch
_SCALE = 10.0  # of bm25, so that a word in the title weighs about as much as there


class SQLite:
    matching = (
        "SELECT scope.* FROM ({scope}) AS scope JOIN search_index ON search_index.rowid = hit_id "
        "WHERE search_index MATCH %s LIMIT %s"
    )
    page = (
        "SELECT hit_id, (CASE WHEN LOWER(hit_title) = %s THEN %s ELSE 0 END "
        "- bm25(search_index, %s, %s, %s, %s)) * hit_weight AS score FROM ({scope}) AS scope "
        "JOIN search_index ON search_index.rowid = hit_id WHERE search_index MATCH %s "
        "ORDER BY score DESC, hit_published DESC, hit_id DESC LIMIT %s OFFSET %s"
    )

    def exact_title(self) -> float:
        """What is added where the title is just what is sought."""
        return numbers()["exact_title"] * _EXACT_TITLE

    def page_parameters(self, query: Query, match: str, scope: Sequence[Any], request: SearchRequest) -> list[Any]:
        weights = [weight * _SCALE for weight in field_weights()]
        exact = self.exact_title()
        return [query.text.lower(), exact, *weights, *scope, match, request.size, request.offset]

    def expression(self, query: Query) -> str:
        """The query in FTS5's language. Every word is quoted, so that none can be read as an operator."""
        return " AND ".join(f"({_term(term)})" for term in query.terms)

    def write(self, entries: Sequence[Entry]) -> None:
        rows = []
        for entry in entries:
            columns = []
            for text, languages in texts(entry):
                words = analyse(text, languages)
                # The lone underscore keeps phrases from reaching into the variants.
                columns.append(" ".join([*(word.folded for word in words), "_", *distinct(words)]))
            rows.append((entry.pk, *columns))
        with connection.cursor() as cursor:
            cursor.executemany(
                "INSERT OR REPLACE INTO search_document (entry_id, version) VALUES (%s, %s)",
                [(entry.pk, entry.version) for entry in entries],
            )
            cursor.executemany(
                "INSERT OR REPLACE INTO search_index (rowid, title, names, summary, body) VALUES (%s, %s, %s, %s, %s)",
                rows,  # type: ignore[arg-type]
            )


def _quoted(word: str) -> str:
    return '"' + word.replace('"', '""') + '"'


def _term(term: Term) -> str:
    return " OR ".join(f"({_one(way)})" for way in (term, *term.others))


def _one(term: Term) -> str:
    if term.parts:
        return " AND ".join(f"({_term(part)})" for part in term.parts)
    if term.phrase:
        return _quoted(" ".join(term.words))
    if term.code:
        parts = " AND ".join(_quoted(word) for word in term.words)
        return f"{_quoted(term.code)} OR ({parts})"
    word = term.words[0]
    ways = [_quoted(word), *(_quoted(stem) for stem in term.stems)]
    if term.written and term.written != word:
        ways.append(_quoted(term.written))
    if term.prefix:
        ways.append(_quoted(word) + " *")
    return " OR ".join(ways)
