"""Quick answers above the results: which of those that may answer are asked, and of what.

Most searches cost nothing: a source is asked only where a word of the query asks for it, or the query names something.
"""

from __future__ import annotations

from collections.abc import Sequence

from portal.catalogue.models import Entry
from portal.host.answers import SHOWN, sources_for
from portal.host.plugin import QuickAnswer, QuickAnswers, QuickQuestion
from search.analysis import words_of
from search.query import SearchRequest, SearchResult
from search.suggest import named
from search.terms import parse

_NAMED = 0.5  # of the words of a title must be in a query that names it and asks nothing


def quick_answers(asked: SearchRequest, result: SearchResult) -> list[QuickAnswer]:
    """At most SHOWN, for the first page of a search without filters.

    A query that asks something of what is not among the results ("bob phone") costs one more request to the engine.
    """
    person = asked.person
    if not person.is_authenticated or not asked.is_plain or asked.page > 1:
        return []
    words = tuple(dict.fromkeys(word for term in parse(asked.q).terms for word in term.words))
    found: list[QuickAnswer] = []
    for source in sources_for(person):
        question = _question(source.answers, words, asked, result)
        if question is not None:
            found += source.ask(person, question)
        if len(found) >= SHOWN:
            break
    return found[:SHOWN]


def _question(
    answers: QuickAnswers, words: tuple[str, ...], asked: SearchRequest, result: SearchResult
) -> QuickQuestion | None:
    """What the source is asked; None if nothing."""
    asking = not set(answers.words).isdisjoint(words)
    rest = tuple(word for word in words if not asking or word not in (*answers.words, *answers.beside))
    if not answers.types:
        return QuickQuestion(words, rest) if asking else None
    if not rest:
        return None
    entries = _named([hit.entry for hit in (*result.promoted, *result.hits)], answers.types, rest)
    if asking:
        entries = entries or named(asked.person, " ".join(rest), answers.types, SHOWN)
    elif len(entries) > 1 or result.similar or not all(_names(entry, rest) for entry in entries):
        return None
    return QuickQuestion(words, rest, tuple(entries[:SHOWN])) if entries else None


def _named(entries: Sequence[Entry], types: Sequence[str], rest: Sequence[str]) -> list[Entry]:
    """Those in whose titles all the words are."""
    return [entry for entry in entries if entry.type in types and _in_title(entry, rest)]


def _words(entry: Entry) -> list[str]:
    return list(words_of(entry.title))


def _in_title(entry: Entry, rest: Sequence[str]) -> bool:
    return set(rest) <= set(_words(entry))


def _names(entry: Entry, rest: Sequence[str]) -> bool:
    """Whether the query says enough of the title to mean just that."""
    return len(rest) >= _NAMED * len(_words(entry))
