"""What was typed, as a phrase that can be counted, or as nothing if it may be about somebody."""

from __future__ import annotations

import re
import unicodedata

from search.analysis import WORD, fold
from search.seeking.conf import PERSONAL_DIGITS, PHRASE_CHARACTERS
from search.terms import clean

_ADDRESS = re.compile(r"\S\s*@\s*\S")
# However they are grouped: telephone numbers, personal codes, accounts, dates of birth.
_NUMBER = re.compile(r"(?:\d[\W_]*){%d,}" % PERSONAL_DIGITS)  # noqa: UP031  the braces are the expression's own
_SIGNS = re.compile(r"[^\w\-./+#&]+")


def normalised(text: object) -> str:
    """Small letters, no diacritics, single spaces, no quotation marks; "" for what must not be kept.

    Folded, since the way in which one person writes a phrase would tell that person from the others. What must not be
    kept: numbers of 8 or more digits, e-mail addresses, and what is too long for a phrase. The same again gives the
    same. Begins with a letter, digit, underscore or "#", so that no spreadsheet takes it for a formula.
    """
    cleaned = unicodedata.normalize("NFKC", clean(text))  # full-width digits and signs are digits and signs
    if _ADDRESS.search(cleaned) or _NUMBER.search(cleaned):
        return ""
    pieces = (piece.lstrip("-./+&").rstrip("-./&") for piece in _SIGNS.sub(" ", cleaned).split())
    phrase = " ".join(_folded(piece) for piece in pieces if piece)
    return phrase if len(phrase) <= PHRASE_CHARACTERS and WORD.search(phrase) else ""


def _folded(piece: str) -> str:
    return WORD.sub(lambda word: fold(word.group()), piece)
