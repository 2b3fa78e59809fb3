"""Quick answers above the results: which of those that may answer are asked, and of what.

Most searches cost nothing: a source is asked only where a word of the query asks for it, or the query names something.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from portal.catalogue.models import Entry
from portal.host.answers import SHOWN, sources_for
from portal.host.plugin import QuickAnswer, QuickAnswers, QuickQuestion
from search.analysis import words_of
from search.query import SearchRequest, SearchResult
from search.suggest import named
from search.terms import parse

_NAMED = 0.5  # of the words of a title must be in a query that names it and asks nothing


@dataclass(frozen=True)
class Answered:
    """`answers` above the results, at most SHOWN. `whole`: they leave no word of the query unanswered."""

    answers: list[QuickAnswer] = field(default_factory=list)
    whole: bool = False


def asked_for(asked: SearchRequest) -> Answered:
    """Answers to what the query asks for in so many words ("bob phone"), before anything is sought.

    Where a word asks something of a thing that has a name, this costs one request to the engine; else nothing.
    """
    person, words = asked.person, _words(asked)
    found, whole = list[QuickAnswer](), False
    if not person.is_authenticated or not words:
        return Answered()
    for source in sources_for(person):
        question = _question(source.answers, words, asked) if _asking(source.answers, words) else None
        answers = source.ask(person, question) if question else []
        whole = whole or bool(answers and question and (question.entries or not question.rest))
        found += answers
        if len(found) >= SHOWN:
            break
    return Answered(found[:SHOWN], whole)


def of_what_is_named(asked: SearchRequest, result: SearchResult) -> list[QuickAnswer]:
    """Answers of the one thing among the results that the query names, asking nothing ("bob"). No request more."""
    person, words = asked.person, _words(asked)
    found: list[QuickAnswer] = []
    if not person.is_authenticated or not words or result.similar:
        return found
    for source in sources_for(person):
        if not _asking(source.answers, words):
            hits = [hit.entry for hit in (*result.promoted, *result.hits)]
            entries = _named(hits, source.answers.types, words)
            if len(entries) == 1 and _names(entries[0], words):
                found += source.ask(person, QuickQuestion(words, words, tuple(entries)))
        if len(found) >= SHOWN:
            break
    return found[:SHOWN]


def _words(asked: SearchRequest) -> tuple[str, ...]:
    """Of the query, if it is the first page of a search without filters."""
    if not asked.is_plain or asked.page > 1:
        return ()
    return tuple(dict.fromkeys(word for term in parse(asked.q).terms for word in term.words))


def _asking(answers: QuickAnswers, words: tuple[str, ...]) -> bool:
    return not set(answers.words).isdisjoint(words)


def _question(answers: QuickAnswers, words: tuple[str, ...], asked: SearchRequest) -> QuickQuestion | None:
    """What the source is asked; None if nothing."""
    rest = tuple(word for word in words if word not in (*answers.words, *answers.beside))
    if not answers.types:
        return QuickQuestion(words, rest)
    entries = named(asked.person, " ".join(rest), answers.types, SHOWN) if rest else []
    entries = _named(entries, answers.types, rest) or entries
    return QuickQuestion(words, rest, tuple(entries[:SHOWN])) if entries else None


def _named(entries: Sequence[Entry], types: Sequence[str], rest: Sequence[str]) -> list[Entry]:
    """Those in whose titles all the words are."""
    return [entry for entry in entries if entry.type in types and _in_title(entry, rest)]


def _in_title(entry: Entry, rest: Sequence[str]) -> bool:
    return set(rest) <= set(words_of(entry.title))


def _names(entry: Entry, rest: Sequence[str]) -> bool:
    """Whether the query says enough of the title to mean just that."""
    return len(rest) >= _NAMED * len(words_of(entry.title))
