"""What a person typed, as terms that every engine understands. Every term must be found."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from search.analysis import WORD, composed, fold, joined, stems
from search.conf import QUERY_CHARACTERS, QUERY_TERMS

_PIECE = re.compile(r'"([^"]*)"|([^\s"]+)')
_PREFIX_FROM = 2  # letters

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
    """

    words: tuple[str, ...]
    written: str = ""
    stems: tuple[str, ...] = ()
    prefix: bool = False
    phrase: bool = False
    code: str = ""


@dataclass(frozen=True)
class Query:
    """`text` as it is shown again, `terms` as it is sought; no terms find nothing."""

    text: str
    terms: tuple[Term, ...]

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


def parse(text: object) -> Query:
    """Words, codes and "phrases in quotation marks"; quotation marks that do not match are ignored."""
    cleaned = clean(text)
    terms: list[Term] = []
    for phrase, piece in _PIECE.findall(cleaned):
        terms += _phrase(phrase) if phrase else _words(piece)
    terms = list(dict.fromkeys(terms))[:QUERY_TERMS]
    useful = [term for term in terms if term.phrase or term.code or term.written not in _EMPTY_WORDS]
    terms = useful or terms
    if terms and _open_ended(terms[-1], cleaned):
        terms[-1] = _as_prefix(terms[-1])
    return Query(cleaned, tuple(terms))


def _phrase(text: str) -> list[Term]:
    words = tuple(fold(word) for word in WORD.findall(text))
    if len(words) < 2:
        return _words(text)
    return [Term(words=words[:QUERY_TERMS], phrase=True)]


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


def _as_prefix(term: Term) -> Term:
    return Term(words=term.words, written=term.written, stems=term.stems, prefix=True)
