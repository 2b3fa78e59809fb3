"""Did you mean: what was sought in words of what was found, so that it tells nobody what they may not see."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from difflib import SequenceMatcher

from portal.catalogue.models import Entry
from search.analysis import WORD, fold, languages_of, stems
from search.ranking import SIMILAR_FROM
from search.terms import Query, Term

_ALIKE = 0.7  # of difflib's ratio; Elasticsearch's two letters of a short name are no less
_FORMS = 3  # of a word that are marked


def corrected(query: Query, entries: Iterable[Entry]) -> tuple[Query, str]:
    """The query with words of these entries for those that are not in them, and the text one may have meant.

    "" where no word is like any that was sought.
    """
    written, stemmed = _words(entries)
    text, terms = query.text, []
    for term in query.terms:
        like = _like(term, written) if _is_missing(term, written, stemmed) else []
        if like:
            text = _replaced(text, term.words[0], like[0])
            others = tuple(Term(words=(fold(word),), written=word) for word in like[1:_FORMS])
            term = Term(words=(fold(like[0]),), written=like[0], others=others)
        terms.append(term)
    return replace(query, terms=tuple(terms)), text if text != query.text else ""


def _words(entries: Iterable[Entry]) -> tuple[Counter[str], set[str]]:
    """Words as written in small letters with how often they occur, and their folded forms and stems."""
    written: Counter[str] = Counter()
    stemmed: set[str] = set()
    for entry in entries:
        texts = [entry.title, entry.summary, *map(str, entry.topic_names)]
        found = {word.lower() for text in texts for word in WORD.findall(text)}
        written.update(found)
        for word in found:
            stemmed.update((fold(word), *stems(word, languages_of(entry.language))))
    return written, stemmed


def _is_missing(term: Term, written: Counter[str], stemmed: set[str]) -> bool:
    word = term.words[0]
    if not term.written or term.others or len(word) < SIMILAR_FROM or any(letter.isdigit() for letter in word):
        return False
    begun = term.prefix and any(fold(one).startswith(word) for one in written)
    return not begun and stemmed.isdisjoint((word, *term.stems))


def _like(term: Term, written: Counter[str]) -> list[str]:
    """The words most like it, the likest first; of equally like ones what occurs more often."""
    sought = SequenceMatcher(b=term.words[0], autojunk=False)
    rated = []
    for word, number in written.items():
        sought.set_seq1(fold(word))
        if sought.quick_ratio() >= _ALIKE and (ratio := sought.ratio()) >= _ALIKE:
            rated.append((-round(ratio, 3), -number, word))
    return [word for _ratio, _number, word in sorted(rated)]


def _replaced(text: str, word: str, other: str) -> str:
    return WORD.sub(lambda match: other if fold(match.group()) == word else match.group(), text)
