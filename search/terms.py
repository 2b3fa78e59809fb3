"""What a person typed, as terms that every engine understands. Every term must be found."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from search.analysis import NUMBER, WORD, composed, digits_of, fold, joined, stems, words_of
from search.conf import QUERY_CHARACTERS, QUERY_TERMS
from search.vocabulary import LONGEST_PHRASE, MEANINGS, Vocabulary, Words

_PIECE = re.compile(rf'"([^"]*)"|({NUMBER.pattern})|([^\s"]+)')
_PREFIX_FROM = 2  # letters
NO_VOCABULARY = Vocabulary()

# Words that say nothing about what is sought: left out where others remain, since not every text has them.
_EMPTY_WORDS = {
    word
    for words in (
        "a about an and any are at by can could do does for from has have how i if in is it me my of on or our "
        "tell the there to we what when where which who will with you your",
        "ja on ei kas kes kus kuidas kust mida mis millal millised minu mina meie ma me oma saab see või",
        "och att av det den du efter en ett finns för har hur i jag kan man med min mitt mina när om på som till var "
        "vad vem vi vilka vilken är",
        "de bij een en er heeft hebben het hoe ik in is je kan met mijn naar of om ons op te van voor waar wanneer wat "
        "welke we wie zijn",
        "am an auf bei das dem den der die ein eine es für gibt haben hat ich im in ist kann man mein meine mit nach "
        "oder und uns von wann was welche welcher wer wie wir wo zu zum zur",
    )
    for word in words.split()
}


@dataclass(frozen=True)
class Term:
    """One thing that must be found in an entry.

    `words` are folded: one, or several that stand side by side (`phrase`), or the parts of a code, which is also
    found joined (`code`). `written` and `stems` belong to a single word; `prefix`: it may be the beginning of one.
    Several words that mean one thing are `parts`, all of which must be found; `others` mean the same as the term.
    """

    words: tuple[str, ...]
    written: str = ""
    stems: tuple[str, ...] = ()
    prefix: bool = False
    phrase: bool = False
    code: str = ""
    parts: tuple[Term, ...] = ()
    others: tuple[Term, ...] = ()

    def every(self) -> Iterator[Term]:
        """The term, and all that it consists of or that mean the same."""
        yield self
        for term in (*self.parts, *self.others):
            yield from term.every()


@dataclass(frozen=True)
class Query:
    """`text` as it is shown again, `terms` as it is sought; no terms find nothing.

    `promoted`: ids of entries that editors put above the results of this query, `without`: of those they left out.
    """

    text: str
    terms: tuple[Term, ...]
    promoted: tuple[int, ...] = ()
    without: frozenset[int] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.terms)


def clean(text: object) -> str:
    """The query without control characters, direction marks and broken code points, at most 200 characters."""
    kept = []
    for letter in str(text or "")[: QUERY_CHARACTERS * 10]:
        category = unicodedata.category(letter)
        if category in ("Cc", "Zl", "Zp", "Cs"):
            kept.append(" ")
        elif category != "Cf":
            kept.append(letter)
    return " ".join(composed("".join(kept)).split())[:QUERY_CHARACTERS].strip()


def parse(text: object, vocabulary: Vocabulary = NO_VOCABULARY, now: datetime | None = None) -> Query:
    """Words, codes and "phrases in quotation marks"; quotation marks that do not match are ignored.

    `vocabulary`: what the organisation says in other words; without `now` none of its rules of results is asked.
    """
    cleaned = clean(text)
    terms: list[Term] = []
    for phrase, number, piece in _PIECE.findall(cleaned):
        terms += _phrase(phrase) if phrase else [_number(number)] if number else _words(piece)
    terms = list(dict.fromkeys(terms))[:QUERY_TERMS]
    if terms and _open_ended(terms[-1], cleaned):
        terms[-1] = replace(terms[-1], prefix=True)
    terms = _widened(_speaking(terms, vocabulary.silent), vocabulary.synonyms)
    terms = [term for term in terms if not _is_empty(term)] or terms
    promoted, without = vocabulary.chosen_for(cleaned, now) if now else ((), frozenset())
    return Query(cleaned, tuple(terms), promoted, without)


def _is_empty(term: Term) -> bool:
    return not (term.phrase or term.code or term.parts or term.others) and term.written in _EMPTY_WORDS


def _run(terms: Sequence[Term], start: int, known: Container[Words]) -> int:
    """How many terms from `start` on are the longest known phrase; 0 if none is."""
    for length in range(min(LONGEST_PHRASE, len(terms) - start), 0, -1):
        run = terms[start : start + length]
        if all(term.written or term.code for term in run) and tuple(w for t in run for w in t.words) in known:
            return length
    return 0


def _speaking(terms: list[Term], silent: Container[Words]) -> list[Term]:
    """Without phrases that say nothing, unless nothing else is left."""
    kept, at = [], 0
    while at < len(terms):
        length = _run(terms, at, silent)
        kept += [] if length else [terms[at]]
        at += length or 1
    return kept or terms


def _widened(terms: list[Term], synonyms: Mapping[Words, Sequence[str]]) -> list[Term]:
    """Terms that have synonyms, together with these; words that mean something together are one term."""
    found: list[Term] = []
    at, room = 0, MEANINGS
    while at < len(terms):
        length = _run(terms, at, synonyms) if room > 0 else 0
        if length:
            words = tuple(word for term in terms[at : at + length] for word in term.words)
            others = tuple(other for text in synonyms[words][:room] if (other := _together(_plain(text))))
            room -= len(others)
            found.append(replace(_together(terms[at : at + length]) or terms[at], others=others))
        else:
            found.append(terms[at])
        at += length or 1
    return found


def _plain(text: str) -> list[Term]:
    return [term for piece in text.split() for term in _words(piece)]


def _together(terms: list[Term]) -> Term | None:
    """Several terms as one, all of which must be found; words that say nothing need not be."""
    parts = [term for term in terms if not _is_empty(term)] or terms
    if len(parts) < 2:
        return parts[0] if parts else None
    return Term(words=tuple(word for part in parts for word in part.words), parts=tuple(parts))


def _phrase(text: str) -> list[Term]:
    words = words_of(text)
    if len(words) < 2:
        return _words(text)
    return [Term(words=words[:QUERY_TERMS], phrase=True)]


def _number(text: str) -> Term:
    """A number as it is dialled, however it is grouped, or else its groups."""
    return Term(words=tuple(WORD.findall(text)), code=digits_of(text))


def _word(written: str) -> Term:
    return Term(words=(fold(written),), written=written.lower(), stems=stems(written))


def _words(piece: str) -> list[Term]:
    parts = WORD.findall(piece)
    core = piece.strip("-./,;:!?()")
    if 1 < len(parts) <= 6 and re.fullmatch(r"[^\W_]+(?:[-./][^\W_]+)+", core) and (code := joined(core)):
        return [Term(words=tuple(fold(part) for part in parts), code=code)]
    return [_word(part) for part in parts]


def _open_ended(term: Term, text: str) -> bool:
    return not term.phrase and not term.code and len(term.words[0]) >= _PREFIX_FROM and not text.endswith('"')
