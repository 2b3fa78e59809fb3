"""The text of a file as its pages, cut off where it becomes too much."""

from __future__ import annotations

import re
from dataclasses import dataclass

from portal.extraction.limits import Limits

PAGE, SHEET, SLIDE = "page", "sheet", "slide"
BREAK = "\f"  # between pages where they are kept as one text

# What no page has in it: the break itself, other control characters, halves of surrogate pairs.
_UNWANTED = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
_BLANKS = re.compile(r"[^\S\n]+")
_LINES = re.compile(r"\s*\n\s*")


class Enough(Exception):
    """As much text as is kept has been read."""


@dataclass(frozen=True)
class Extracted:
    """`format` such as "pdf"; `unit`: what a page is in it; `truncated`: the file has more text than is kept."""

    format: str
    unit: str
    pages: tuple[str, ...]
    truncated: bool = False

    @property
    def text(self) -> str:
        return BREAK.join(self.pages)


class Pages:
    """Takes text piece by piece. Raises Enough once the limits are reached; what was taken until then is kept."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._done: list[str] = []
        self._parts: list[str] = []
        self._size = 0

    @property
    def is_blank(self) -> bool:
        """Whether nothing has been written on the page so far."""
        return not any(part.strip() for part in self._parts)

    def write(self, text: str) -> None:
        room = self._limits.characters - self._size
        self._parts.append(text[:room])
        self._size += len(text)
        if self._size > self._limits.characters:
            raise Enough

    def turn(self) -> None:
        """The page is full, the next one begins."""
        self._done.append(_tidy("".join(self._parts)))
        self._parts = []
        if len(self._done) >= self._limits.pages:
            raise Enough

    def finish(self) -> tuple[str, ...]:
        """All pages; a last one only if something is on it, or if it is the only one."""
        if self._parts or not self._done:
            self._done.append(_tidy("".join(self._parts)))
            self._parts = []
        return tuple(self._done)


def _tidy(text: str) -> str:
    text = _BLANKS.sub(" ", _UNWANTED.sub(" ", text.replace("\r\n", "\n").replace("\r", "\n")))
    return _LINES.sub("\n", text).strip()
