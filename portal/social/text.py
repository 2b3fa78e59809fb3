"""People's own words: cleaned when they come in, shortened for lists."""

from __future__ import annotations

import re
import unicodedata

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

# Direction overrides turn the rest of a page around; ordinary right-to-left marks stay.
_OVERRIDES = frozenset("\u202a\u202b\u202c\u202d\u202e")
_KEPT_CONTROLS = frozenset("\n\t")
_EMPTY_LINES = re.compile(r"\n{3,}")


def _may_stay(character: str) -> bool:
    if character in _KEPT_CONTROLS:
        return True
    # Cc: NUL and other controls, Cs: lone surrogates, which no database and no encoder takes.
    return character not in _OVERRIDES and unicodedata.category(character) not in {"Cc", "Cs"}


def tidy(text: str) -> str:
    """The text without what cannot be stored or shown, with plain line ends, stripped."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = unicodedata.normalize("NFC", "".join(filter(_may_stay, text)))
    return _EMPTY_LINES.sub("\n\n", text).strip()


def clean_text(text: str, *, longest: int) -> str:
    """The tidied text; raises ValidationError if nothing is left or more than `longest` characters are."""
    tidied = tidy(text)
    if not any(unicodedata.category(character) not in {"Cf", "Zs"} for character in tidied):
        raise ValidationError(_("Write something first."), code="empty")
    if len(tidied) > longest:
        raise ValidationError(
            _("This is %(length)d characters long; shorten it to %(longest)d."),
            code="too_long",
            params={"length": len(tidied), "longest": longest},
        )
    return tidied


def shorten(text: str, longest: int) -> str:
    """The beginning of the text, cut between words, with an ellipsis if something is missing."""
    if len(text) <= longest:
        return text
    cut = text[:longest]
    space = max(cut.rfind(" "), cut.rfind("\n"))
    return (cut[:space] if space > longest // 2 else cut).rstrip(" \n.,;:") + "…"


def headline(text: str, longest: int = 80) -> str:
    """The first line, shortened: a name for a text that has none."""
    first, _newline, _rest = text.partition("\n")
    return shorten(first.strip(), longest)
