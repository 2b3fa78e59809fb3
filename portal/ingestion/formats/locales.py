"""How a place writes numbers and dates, as the Unicode CLDR has it (through Babel)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property

from babel import Locale, UnknownLocaleError
from babel.numbers import get_decimal_symbol, get_group_symbol

# Letters of a CLDR date pattern (Unicode Technical Standard 35, part 4) and what strptime has for them.
DIRECTIVES = {"d": "%d", "dd": "%d", "M": "%m", "MM": "%m", "MMM": "%b", "MMMM": "%B", "y": "%Y", "yyyy": "%Y",
              "yy": "%y"}  # fmt: skip
LETTERS = re.compile(r"([A-Za-z])\1*")
WORD = re.compile(r"[^\W\d_]+\.?")
ENGLISH = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
           "November", "December")  # fmt: skip


class Writing:
    """The habits of one locale. Raises ValueError for a name that is none."""

    def __init__(self, name: str) -> None:
        try:
            self._locale = Locale.parse(name.replace("-", "_"))
        except UnknownLocaleError as error:
            raise ValueError(name) from error

    @property
    def decimal(self) -> str:
        return str(get_decimal_symbol(self._locale))

    @property
    def group(self) -> str:
        return str(get_group_symbol(self._locale))

    @cached_property
    def date_formats(self) -> list[str]:
        """For strptime: ISO 8601, and the short, medium and long form, with the year in four digits and in two."""
        found = ["%Y-%m-%d"]
        for length in ("short", "medium", "long"):
            pattern = self._locale.date_formats[length].pattern
            made = LETTERS.sub(lambda letters: DIRECTIVES.get(letters.group(), letters.group()), pattern)
            found += [made.replace("%y", "%Y"), made]
        return list(dict.fromkeys(found))

    @cached_property
    def _months(self) -> dict[str, str]:
        return {word: english for number, english in enumerate(ENGLISH, 1) for word in self._words(number)}

    def _words(self, number: int) -> Iterator[str]:
        for context in ("format", "stand-alone"):
            for width in ("abbreviated", "wide"):
                yield str(self._locale.months[context][width][number]).rstrip(".").lower()

    def with_english_months(self, text: str, *, short: bool) -> str:
        """The same date with the month's name as strptime knows it; without change where there is none."""

        def english(word: re.Match[str]) -> str:
            known = self._months.get(word.group().rstrip(".").lower())
            return word.group() if known is None else known[:3] if short else known

        return WORD.sub(english, text)
