"""Which page of a long text holds what is sought: "page 3" of a document.

Words are worked out only where they begin as a sought one does, which a regular expression finds: a text of 300,000
characters costs some 20 ms, however common its words are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import chain

from search.analysis import composed, fold
from search.conf import PAGED_SEARCHED, SNIPPET_SEARCHED
from search.highlight import SHARED, Marker

BREAK = "\f"  # between pages, see portal.catalogue.card
_LETTERS = chain(range(0x80, 0x600), range(0x1E00, 0x2000))  # Latin, Greek, Cyrillic with all their marks
_PAIRS = {"ss": "ß", "ae": "æ", "oe": "œ", "th": "þ"}


def characters(size: int) -> int:
    """How much of each text is looked at where there are `size` results: the sum is bounded."""
    return max(SNIPPET_SEARCHED, PAGED_SEARCHED // size)


def best_page(marker: Marker, text: str, language: str) -> tuple[int, str]:
    """(number, text) of the first page with the most of what is sought; (0, "") if it is on none."""
    if not marker.openings:
        return 0, ""
    pattern = _pattern(marker.openings)
    enough = min(len(marker.openings), len(marker.query.terms))
    best, most = (0, ""), 0
    for number, page in enumerate(composed(text).split(BREAK), 1):
        words = (match.group() for match in pattern.finditer(page))
        found = len({fold(word)[:SHARED] for word in words if marker.spans(word, language)})
        if found > most:
            best, most = (number, page), found
        if most >= enough:
            break
    return best


def _pattern(openings: Iterable[str]) -> re.Pattern[str]:
    """Words and codes ("HR-204b") that begin, folded and joined, with one of these."""
    ways = "|".join("[-./]?".join(_ways(opening)) for opening in sorted(openings))
    return re.compile(rf"(?<![^\W_])(?:{ways})[^\W_]*(?:[-./][^\W_]+){{0,5}}", re.IGNORECASE)


def _ways(opening: str) -> Iterator[str]:
    """Each letter, or pair of letters, as whatever is folded to it."""
    letters = _written()
    while opening:
        if (pair := _PAIRS.get(opening[:2])) is not None:
            yield f"(?:{_one_of(opening[0], letters)}{_one_of(opening[1], letters)}|{pair})"
            opening = opening[2:]
        else:
            yield _one_of(opening[0], letters)
            opening = opening[1:]


def _one_of(letter: str, letters: dict[str, str]) -> str:
    return f"[{re.escape(letter)}{re.escape(letters.get(letter, ''))}]"


@cache
def _written() -> dict[str, str]:
    """A folded letter -> all letters whose folded form begins with it."""
    found: dict[str, str] = {}
    for number in _LETTERS:
        letter = chr(number)
        if letter.isalnum():
            first = fold(letter)[0]
            found[first] = found.get(first, "") + letter
    return found
