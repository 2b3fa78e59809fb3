"""What somebody is typing: beginnings of words, each of which must be found, and what an engine finds for them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from search.analysis import WORD, composed, fold, words_of
from search.misspelling import may_differ
from search.terms import Query, Term, clean

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from portal.people.models import Person

WORDS = 8  # of what is typed
_MISSPELT = 3  # of them at most, the first: so many parts a name has
_FEW = 3  # letters that may be part of a code, and from which a word is sought in more than titles
_PATTERN_LETTERS = 12  # of a word that a pattern compares; the rest is compared afterwards

# What a match adds to an entry's rank, the same on all engines.
WHOLE_WORD, AS_WRITTEN, FOLDED, ELSEWHERE = 3.0, 2.5, 2.0, 1.0
WHOLE_LIKE, LIKE, FARTHER = 3.0, 2.0, 0.5  # in a similar spelling: all of a word, its beginning, differing by more
WHOLE_TITLE = 2.0  # the title begins with all that was typed
MINE = 0.5  # at home in a department of the reader
NAME = 1.0  # a person, whose name is more often misspelt than a title
OWN_LANGUAGE = 0.5  # in the reader's language, or in none
BEGUN = 100.0  # each word that begins as it is typed, so that whatever is spelt otherwise stands below


@dataclass(frozen=True)
class Beginning:
    """The beginning of a word, folded and as `written`, both in small letters.

    `anywhere`: part of a number or code, which is found outside titles too (phones, rooms, forms).
    """

    folded: str
    written: str
    anywhere: bool = False


@dataclass(frozen=True)
class Group:
    """What belongs together in the list, and how many are wanted. `everywhere`: all their text is searched."""

    name: str
    size: int
    kind: str = ""
    types: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    everywhere: bool = False

    def beyond_titles(self, word: Beginning) -> bool:
        """Whether the word may stand in any text of these entries. Two letters would find whole departments."""
        return word.anywhere or (self.everywhere and len(word.folded) >= _FEW)


@dataclass(frozen=True)
class Beginnings:
    """One request to an engine: of each group the best entries, and so many topics.

    `forgiving`: words may be misspelt where there is room left.
    """

    person: Person | AnonymousUser
    text: str
    words: tuple[Beginning, ...]
    groups: tuple[Group, ...]
    topics: int = 0
    forgiving: bool = False

    def may_differ(self, word: Beginning) -> bool:
        """Whether titles are searched for what is spelt like it."""
        if not self.forgiving or word.anywhere or word not in self.words[:_MISSPELT]:
            return False
        return may_differ(word.folded, alone=len(self.words) == 1)

    @property
    def query(self) -> Query:
        """As a query, for marking what was typed."""
        terms = [Term(words=(word.folded,), written=word.written, prefix=True) for word in self.words]
        return Query(self.text, tuple(terms))


@dataclass(frozen=True)
class Begun:
    """Ids of entries by the group's name, the best first; slugs of topics, the most used first.

    `similar`: ids of entries in whose titles a word is spelt otherwise, of all groups, the most alike first.
    """

    entries: Mapping[str, Sequence[int]] = field(default_factory=dict)
    topics: Sequence[str] = ()
    similar: Sequence[int] = ()


def beginnings_of(text: object) -> tuple[Beginning, ...]:
    """The words of what is typed, each once.

    With two digits, or with letters and digits in one piece, it is a number or a code ("+372 5551", "HR-2", "B 214"):
    what has a digit, and the few letters beside it, belong to that.
    """
    cleaned = clean(text)
    coded = sum(letter.isdigit() for letter in cleaned) > 1 or any(_mixed(piece) for piece in cleaned.split())
    found: dict[str, Beginning] = {}
    for written in WORD.findall(cleaned):
        anywhere = coded and (len(written) <= _FEW or any(letter.isdigit() for letter in written))
        folded = fold(written)
        found.setdefault(folded, Beginning(folded, written.lower(), anywhere))
    return tuple(found.values())[:WORDS]


def _mixed(piece: str) -> bool:
    return any(letter.isdigit() for letter in piece) and any(letter.isalpha() for letter in piece)


def begins(words: Iterable[Beginning], text: str) -> bool:
    """Whether every word is the beginning of a word of the text."""
    known = words_of(text)
    return all(any(one.startswith(word.folded) for one in known) for word in words)


def likeness(title: str, asked: Beginnings) -> float:
    """How well a title matches; Elasticsearch adds up the same numbers."""
    known = [(fold(word), word.lower()) for word in WORD.findall(composed(title))]
    total = sum(_likeness(word, known) for word in asked.words)
    typed = " ".join(words_of(asked.text))
    return total + (WHOLE_TITLE if " ".join(word for word, _written in known).startswith(typed) else 0.0)


def _likeness(word: Beginning, known: Sequence[tuple[str, str]]) -> float:
    if any(word.written in (folded, written) for folded, written in known):
        return WHOLE_WORD
    if word.written != word.folded and any(written.startswith(word.written) for _folded, written in known):
        return AS_WRITTEN
    return FOLDED if any(folded.startswith(word.folded) for folded, _written in known) else ELSEWHERE


def topic_pattern(word: Beginning) -> str:
    """A regular expression for the beginning of a word in a topic's slug, which keeps its diacritics.

    Only what Python, PostgreSQL and Lucene read alike: letters, classes and groups.
    """
    pieces = _DOUBLE.sub(lambda pair: f"({pair[0]}|{_DOUBLES[pair[0]]})", word.folded[:_PATTERN_LETTERS])
    return "".join(_variants(letter) for letter in pieces)


_DOUBLES = {"ss": "ß", "ae": "æ", "oe": "œ", "th": "þ"}
_DOUBLE = re.compile("|".join(_DOUBLES))


@lru_cache(maxsize=256)
def _variants(letter: str) -> str:
    """The letter, or any of those of Europe's languages that fold to it."""
    if not ("a" <= letter <= "z"):
        return letter
    others = "".join(chr(code) for code in range(0xDF, 0x180) if chr(code).islower() and fold(chr(code)) == letter)
    return f"[{letter}{others}]" if others else letter


def closeness(department: int | None, language: str, *, mine: Collection[int], own: str) -> float:
    """What it adds to an entry's rank to be at home with the reader (`mine`) or in the reader's language (`own`)."""
    return (MINE if department in mine else 0.0) + (OWN_LANGUAGE if language in (own, "") else 0.0)
