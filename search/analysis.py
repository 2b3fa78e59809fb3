"""Text into words, the same for entries and queries, on both databases: folded, as written, and stemmed.

Every word is indexed in its folded form (small letters, no diacritics), as written if that differs, and by its stem in
the entry's language, or in all languages if that is unknown. Stems carry their language (`_et_haigla`), since what is
a stem in one language is a word in another; no word begins with the underscore. Codes joined by hyphens, dots or
slashes are indexed joined as well: "HR-204b" gives hr, 204b and hr204b. So are
the groups of telephone numbers.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

import snowballstemmer

from search.conf import LANGUAGES

WORD = re.compile(r"[^\W_]+")
# Telephone and other numbers written in groups: 7 to 15 digits (E.164), with what people put between them.
NUMBER = re.compile(r"(?<![^\W_])\+?\(?\d(?:[ \u00a0()./\u2013-]{0,3}\d){6,14}(?![^\W_])")
_SHORTEST_NUMBER = 5  # digits of a number without what stands before it, as its country
# From the beginning of a word on alone: else an endless word is tried from each of its letters.
_COMPOUND = re.compile(r"(?<![^\W_])[^\W_]+(?:[-./][^\W_]+){1,5}")
LONGEST_WORD = 64
_DIGITS = re.compile(r"\d+")
_ALGORITHMS = {"en": "english", "et": "estonian", "sv": "swedish", "nl": "dutch", "de": "german"}
_UNDECOMPOSED = str.maketrans(
    {"ø": "o", "æ": "ae", "œ": "oe", "đ": "d", "ð": "d", "ł": "l", "þ": "th", "ß": "ss", "ı": "i"}
)
_local = threading.local()  # a stemmer keeps its word in itself


class Word(NamedTuple):
    """A word of a text: `folded` stands at its place, `variants` stand there too."""

    folded: str
    variants: tuple[str, ...]


def composed(text: str) -> str:
    """One spelling for what looks the same, without what no database takes."""
    return unicodedata.normalize("NFC", text.replace("\x00", " "))


@lru_cache(maxsize=100_000)
def fold(word: str) -> str:
    """Small letters without diacritics: "Jürgen" gives "jurgen", "Straße" gives "strasse"."""
    lowered = word.lower()
    if lowered.isascii():
        return lowered[:LONGEST_WORD]
    parts = unicodedata.normalize("NFKD", lowered.translate(_UNDECOMPOSED))
    kept = "".join(letter for letter in parts if letter.isalnum())
    return (kept or lowered)[:LONGEST_WORD]


def words_of(text: str) -> tuple[str, ...]:
    """The folded words of a text: what "Émergency  Dept." and "emergency dept" have in common."""
    return tuple(fold(word) for word in WORD.findall(composed(text)))


@lru_cache(maxsize=200_000)
def stem(word: str, language: str) -> str:
    """The folded stem of a word in small letters, marked with its language."""
    stemmers = _local.__dict__.setdefault("stemmers", {})
    if language not in stemmers:
        stemmers[language] = snowballstemmer.stemmer(_ALGORITHMS[language])
    return f"_{language}_{fold(stemmers[language].stemWord(word))}"


def stems(word: str, languages: Sequence[str] = LANGUAGES) -> tuple[str, ...]:
    """Stems of a word as written; none for what has a digit in it, which is no word of a language."""
    lowered = word.lower()[:LONGEST_WORD]
    if len(lowered) < 3 or any(letter.isdigit() for letter in lowered):
        return ()
    return tuple(stem(lowered, language) for language in languages)


def languages_of(language: str) -> tuple[str, ...]:
    """The one language of an entry, or all that it may be in."""
    short = language.split("-")[0].lower()
    return (short,) if short in LANGUAGES else LANGUAGES


def joined(compound: str) -> str:
    """ "HR-204b" as one word, "" for what is no code: dots and slashes join only what has a digit."""
    if any(letter.isdigit() for letter in compound) or not set("./") & set(compound):
        return "".join(fold(part) for part in WORD.findall(compound))[:LONGEST_WORD]
    return ""


def digits_of(number: str) -> str:
    """The digits of a number as it is dialled, without the zeros that stand for the plus."""
    digits = "".join(letter for letter in number if letter.isdecimal())
    return digits[2:] if number.startswith("00") else digits


def codes_at(text: str) -> Iterator[tuple[int, str]]:
    """All joined codes of a text with their ends, numbers also without the groups that stand before.

    "+372 5123 4567" gives 37251234567 and 51234567, "+46 (0)8 123 45" also 46812345: as it is dialled from abroad.
    """
    for match in _COMPOUND.finditer(text):
        if code := joined(match.group()):
            yield match.end(), code
    for match in NUMBER.finditer(text):
        groups = _DIGITS.findall(match.group())
        found = {"".join(groups[start:]) for start in range(len(groups))} | {digits_of(match.group())}
        if "(0)" in match.group():
            found.add(digits_of(match.group().replace("(0)", "")))
        for code in sorted(found):
            if len(code) >= _SHORTEST_NUMBER and len(groups) > 1:
                yield match.end(), code


def compounds(text: str) -> list[str]:
    """All joined codes of a text."""
    return [code for _end, code in codes_at(text)]


def analyse(text: str, languages: Sequence[str]) -> list[Word]:
    """The words of a text in their order."""
    text = composed(text)
    ends: dict[int, list[str]] = {}
    for end, code in codes_at(text):
        ends.setdefault(end, []).append(code)
    found = []
    for match in WORD.finditer(text):
        written = match.group()
        folded = fold(written)
        variants = [*stems(written, languages)]
        if (lowered := written.lower()[:LONGEST_WORD]) != folded:
            variants.append(lowered)
        variants += ends.get(match.end(), [])
        found.append(Word(folded, tuple(variants)))
    return found


def distinct(words: Iterable[Word]) -> list[str]:
    """All variants of the words, each once."""
    return list(dict.fromkeys(variant for word in words for variant in word.variants))
