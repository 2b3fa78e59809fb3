"""Marks what was sought in an entry's own text. Everything is escaped; the only element is <mark>."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from search.analysis import NUMBER, WORD, composed, compounds, fold, joined, languages_of, stems
from search.openings import SHARED, beginnings, is_known, openings_of
from search.terms import Query, Term

_SNIPPET = 220  # characters
_BEFORE = 60  # of them at least before the first match, if there are so many
_JOINTS = "-./"
_TOKEN = re.compile(r"[^\W_]+(?:[-./][^\W_]+){0,5}")

Span = tuple[int, int]


@dataclass(frozen=True)
class Marker:
    """Finds the words of one query in texts of any language."""

    query: Query

    @cached_property
    def _terms(self) -> tuple[Term, ...]:
        return tuple(term for asked in self.query.terms for term in asked.every())

    @cached_property
    def _words(self) -> frozenset[str]:
        return frozenset(word for term in self._terms for word in (*term.words, term.code) if word)

    @cached_property
    def _stems(self) -> frozenset[str]:
        return frozenset(stem for term in self._terms for stem in term.stems)

    @cached_property
    def _beginnings(self) -> tuple[str, ...]:
        return tuple(term.words[0] for term in self._terms if term.prefix)

    @cached_property
    def openings(self) -> frozenset[str]:
        return openings_of(self._words)

    def _sought(self, written: str, languages: tuple[str, ...]) -> bool:
        folded = fold(written)
        if folded in self._words or (self._beginnings and folded.startswith(self._beginnings)):
            return True
        if folded[:SHARED] not in self.openings:
            return False
        return not self._stems.isdisjoint(stems(written, languages))

    @cached_property
    def _has_digits(self) -> bool:
        return any(letter.isdecimal() for word in self._words for letter in word)

    def _is_dialled(self, number: str) -> bool:
        codes = compounds(number)
        begun = bool(self._beginnings) and any(code.startswith(self._beginnings) for code in codes)
        return begun or not self._words.isdisjoint(codes)

    @cached_property
    def _inside(self) -> dict[tuple[str, ...], dict[str, list[Span]]]:
        """By languages and token, where the sought words are in it: a page of results says most words many times."""
        return {}

    def _look_inside(self, token: str, languages: tuple[str, ...]) -> list[Span]:
        if token.isalnum():
            return [(0, len(token))] if self._sought(token, languages) else []
        code = joined(token)
        if code and code in self._words:
            return [(0, len(token))]
        return [word.span() for word in WORD.finditer(token) if self._sought(word.group(), languages)]

    def spans(self, text: str, language: str) -> list[Span]:
        """Where the sought words are in a text, in its order; codes as one."""
        languages = languages_of(language)
        known = self._inside.setdefault(languages, {})
        numbers = self._numbers(text)
        found = numbers.copy()
        for token, start in self._tokens(text):
            if (inside := known.get(token)) is None:
                inside = known[token] = self._look_inside(token, languages)
            if inside and not any(first <= start < last for first, last in numbers):
                found += [(start + first, start + last) for first, last in inside]
        return sorted(found)

    def _numbers(self, text: str) -> list[Span]:
        if not self._has_digits:
            return []
        return [match.span() for match in NUMBER.finditer(text) if self._is_dialled(match.group())]

    def _tokens(self, text: str) -> Iterator[tuple[str, int]]:
        """The words and codes of a text with their places: those in which something may be sought, or more of them."""
        if not is_known(text):
            yield from ((match.group(), match.start()) for match in _TOKEN.finditer(text))
            return
        done = 0
        for begun in beginnings(self.openings).finditer(text) if self.openings else ():
            start = at = begun.start()
            if at < done:
                continue
            while start > done and (text[start - 1].isalnum() or text[start - 1] in _JOINTS):
                start -= 1
            for match in _TOKEN.finditer(text, start):
                done = match.end()
                if done > at:
                    yield match.group(), match.start()
                    break

    def mark(self, text: str, language: str) -> SafeString:
        """The whole text, escaped and marked."""
        text = composed(text)
        return _marked(text, self.spans(text, language), 0, len(text))

    def snippet(self, texts: list[str], language: str) -> SafeString:
        """The best piece of the first text in which anything is found, else the beginning of the first one."""
        texts = [composed(text) for text in texts]
        for text in texts:
            if spans := self.spans(text, language):
                return _piece(text, spans)
        return _piece(next((text for text in texts if text.strip()), ""), [])


def _piece(text: str, spans: list[Span]) -> SafeString:
    """The window with the most matches, cut between words."""
    first = max(spans, key=lambda span: _in_window(spans, span[0]), default=(0, 0))[0]
    start = max(0, first - _BEFORE)
    if start and (space := text.find(" ", start, first)) >= 0:
        start = space + 1
    end = min(len(text), start + _SNIPPET)
    if end < len(text) and (space := text.rfind(" ", first, end)) > first:
        end = space
    inside = [span for span in spans if span[0] >= start and span[1] <= end]
    piece = _marked(text, inside, start, end).strip()
    return mark_safe(("… " if start else "") + piece + (" …" if end < len(text) else ""))  # noqa: S308


def _in_window(spans: list[Span], start: int) -> int:
    return sum(start <= span[0] < start + _SNIPPET - _BEFORE for span in spans[:200])


def _marked(text: str, spans: list[Span], start: int, end: int) -> SafeString:
    parts: list[str] = []
    for first, last in spans:
        parts += [escape(text[start:first]), "<mark>", escape(text[first:last]), "</mark>"]
        start = last
    parts.append(escape(text[start:end]))
    return mark_safe("".join(parts))  # noqa: S308  escaped piece by piece
