"""Where in a text words begin as sought ones do, found by one regular expression.

To work out every word of a text of 300,000 characters takes a second; to find those that may be meant some 20 ms,
however common they are. It finds too many rather than too few: what is found is then looked at as a word.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache

from search.analysis import fold

SHARED = 3  # letters a word must share with a sought one before its stem is worked out
# Latin, Greek, Cyrillic with all their marks; a text with letters of other scripts has to be looked at word by word.
_KNOWN = ((0x00, 0x5FF), (0x1E00, 0x1FFF))


def openings_of(words: Iterable[str]) -> frozenset[str]:
    """The first letters of folded words."""
    return frozenset(word[:SHARED] for word in words)


def is_known(text: str) -> bool:
    """Whether all letters of the text are known to `beginnings`."""
    return text.isascii() or _unknown().search(text) is None


@cache
def _unknown() -> re.Pattern[str]:
    """Letters of other scripts, and marks that count as letters and are folded to nothing."""
    known = "".join(f"{chr(first)}-{chr(last)}" for first, last in _KNOWN)
    silent = "".join(letter for letter in _letters() if fold(f"a{letter}") == "a")
    return re.compile(rf"[^\W_{known}]|[{re.escape(silent)}]")


@lru_cache(maxsize=256)
def beginnings(openings: frozenset[str]) -> re.Pattern[str]:
    """Where words and codes begin, folded and joined, with one of these; there is at least one."""
    return re.compile(_begun(openings), re.IGNORECASE)


@lru_cache(maxsize=256)
def whole_words(openings: frozenset[str]) -> re.Pattern[str]:
    """The same to the ends of the words, or codes ("HR-204b")."""
    return re.compile(rf"{_begun(openings)}[^\W_]*(?:[-./][^\W_]+){{0,5}}", re.IGNORECASE)


def _begun(openings: frozenset[str]) -> str:
    ways = "|".join("[-./]?".join(_ways(opening)) for opening in sorted(openings))
    return rf"(?<![^\W_])(?:{ways})"


def _ways(opening: str) -> Iterator[str]:
    """Each letter, or pair of letters, as whatever is folded to it."""
    written = _written()
    while opening:
        pair = written.get(opening[:2], "") if len(opening) > 1 else ""
        if pair:
            yield f"(?:{_one_of(opening[0])}[-./]?{_one_of(opening[1])}|[{re.escape(pair)}])"
        else:
            yield _one_of(opening[0])
        opening = opening[2 if pair else 1 :]


def _one_of(letter: str) -> str:
    return f"[{re.escape(letter + _written().get(letter, ''))}]"


@cache
def _written() -> dict[str, str]:
    """One folded letter -> all letters whose folded form begins with it; two ("ss") -> those that are both ("ß")."""
    found: dict[str, str] = {}
    for letter in _letters():
        folded = fold(letter)
        for begun in {folded[:1], folded[:2]}:
            found[begun] = found.get(begun, "") + letter
    return found


def _letters() -> Iterator[str]:
    """All but those of ASCII."""
    for first, last in _KNOWN:
        yield from filter(str.isalnum, map(chr, range(max(first, 0x80), last + 1)))
