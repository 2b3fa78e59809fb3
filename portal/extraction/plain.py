"""Plain text in whatever letters: UTF-8, UTF-16 with its mark, else Western European."""

from __future__ import annotations

import codecs
import re

from portal.extraction.limits import UNSUPPORTED, Unreadable
from portal.extraction.pages import BREAK, Pages

_BINARY = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_LOOKED_AT = 64 * 1024


def decoded(content: bytes) -> str:
    """The bytes as text. Raises Unreadable if they are none."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        text = content.decode("utf-16", "replace")
    else:
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = content.decode("cp1252", "replace")
    if _BINARY.search(text[:_LOOKED_AT]) or text.startswith("{\\rtf"):
        raise Unreadable(UNSUPPORTED)
    return text


def read_txt(content: bytes, pages: Pages) -> None:
    """Form feeds part pages, as they do for a printer."""
    first, *others = decoded(content).split(BREAK)
    pages.write(first)
    for page in others:
        pages.turn()
        pages.write(page)
