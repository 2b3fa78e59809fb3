"""SQLite: an FTS5 table whose words are made beforehand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import connection

from portal.catalogue.models import Entry
from search.analysis import analyse, distinct
from search.conf import RANKED, TITLED
from search.engines.database.fields import field_weights, texts
from search.query import SearchRequest
from search.ranking import numbers
from search.terms import Query, Term

_EXACT_TITLE = 2 / 3  # of its factor: bm25 gives smaller numbers than Elasticsearch
_IN_TITLE = 3.0  # times the weight of a title
_SCALE = 10.0  # of bm25, so that a word in the title weighs about as much as there


class SQLite:
    matching = (
        "SELECT scope.* FROM ({scope}) AS scope JOIN search_index ON search_index.rowid = hit_id "
        "WHERE search_index MATCH %s LIMIT %s"
    )
    # What bm25 gives is less the longer the whole entry is; a title is short whatever stands below it.
    _scored = (
        "SELECT hit_id, (CASE WHEN LOWER(hit_title) = %s THEN %s ELSE 0 END + {titled} "
        "- bm25(search_index, %s, %s, %s, %s)) * hit_weight AS score, hit_published FROM search_index "
        "CROSS JOIN ({scope}) AS scope ON hit_id = search_index.rowid WHERE search_index MATCH %s AND {where}"
    )
    _in_title = (
        "CASE WHEN hit_id IN (SELECT rowid FROM search_index WHERE search_index MATCH %s "
        "AND rowid >= (SELECT first FROM newest)) THEN %s ELSE 0 END"
    )
    # bm25 reads all of an entry's words, so of what is everywhere only the latest are ranked: in the order of their
    # numbers the index gives them without being read to its end.
    _first = (
        "(SELECT MIN(hit_id) AS first FROM (SELECT hit_id FROM search_index CROSS JOIN ({scope}) AS scope "
        "ON hit_id = search_index.rowid WHERE search_index MATCH %s ORDER BY search_index.rowid DESC LIMIT %s))"
    )
    page = (
        "WITH newest AS MATERIALIZED {first}, titled AS MATERIALIZED {first} SELECT hit_id, score FROM ("
        "{of_newest} UNION ALL {of_titled}) ORDER BY score DESC, hit_published DESC, hit_id DESC LIMIT %s OFFSET %s"
    )

    def few(self, match: str) -> list[int] | None:
        """None: SQLite always begins with the index, so it need not know how much there is."""
        return None

    def answers(self, *statements: tuple[str, Sequence[Any]]) -> list[list[tuple[Any, ...]]]:
        """The rows of each statement."""
        found = []
        with connection.cursor() as cursor:
            for sql, params in statements:
                cursor.execute(sql, params)
                found.append(list(cursor.fetchall()))
        return found

    def exact_title(self) -> float:
        """What is added where the title is just what is sought."""
        return numbers()["exact_title"] * _EXACT_TITLE

    def in_title(self) -> float:
        """What is added where every word stands in the title."""
        return numbers()["title"] * _IN_TITLE

    def statement(
        self, query: Query, match: str, scope: str, scope_params: Sequence[Any], request: SearchRequest, *, few: bool
    ) -> tuple[str, list[Any]]:  # fmt: skip
        """One page of matches in a scope, as SQL and its parameters."""
        weights = [weight * _SCALE for weight in field_weights()]
        titled, exact = f"{{title}} : ({match})", [query.text.lower(), self.exact_title()]
        first = self._first.format(scope=scope)
        of_newest = self._scored.format(
            scope=scope, titled=self._in_title, where="search_index.rowid >= (SELECT first FROM newest)"
        )
        of_titled = self._scored.format(
            scope=scope,
            titled="%s",
            where="search_index.rowid >= (SELECT first FROM titled) "
            "AND search_index.rowid < (SELECT first FROM newest)",
        )
        params = [
            *(*scope_params, match, RANKED, *scope_params, titled, TITLED),
            *(*exact, titled, self.in_title(), *weights, *scope_params, match),
            *(*exact, self.in_title(), *weights, *scope_params, titled),
        ]
        sql = self.page.format(first=first, of_newest=of_newest, of_titled=of_titled)
        return sql, [*params, request.size, request.offset]

    def held(self, first: int, last: int) -> set[int]:
        """Of the entries numbered from `first` to `last` those whose words are in the index; one query."""
        with connection.cursor() as cursor:
            # FTS5 keeps a row of sizes for each row of words.
            cursor.execute("SELECT id FROM search_index_docsize WHERE id BETWEEN %s AND %s", [first, last])
            return {pk for (pk,) in cursor.fetchall()}

    def count(self) -> int:
        """Entries whose words are in the index; one query."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT COUNT(*) FROM search_index_docsize")
            return int(cursor.fetchone()[0])

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
