"""What does not fit a model, in words of our own: pydantic's are English only, and written for programmers.

For settings, for items that a source delivers and for what people send back to it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pydantic
from django.utils import formats
from django.utils.translation import gettext as _

Context = Mapping[str, Any]


def problems_in(error: pydantic.ValidationError) -> dict[str, str]:
    """What does not fit, by field; "__all__" is what does not fit together. Of a field the first problem."""
    found: dict[str, str] = {}
    for item in error.errors():
        found.setdefault(str(item["loc"][0]) if item["loc"] else "__all__", words_for(dict(item)))
    return found


def in_one_line(error: pydantic.ValidationError) -> str:
    """All that does not fit, each with where it is: "delimiter: At most 1 characters.; dishes.0: This is needed."."""
    parts = []
    for item in error.errors(include_url=False):
        where = ".".join(str(step) for step in item["loc"])
        words = words_for(dict(item))
        parts.append(f"{where}: {words}" if where else words)
    return "; ".join(parts)


def words_for(item: Mapping[str, Any]) -> str:
    """One of pydantic's errors in the reader's language."""
    kind, context = item["type"], item.get("ctx", {})
    if kind in _WORDS:
        return _WORDS[kind](context)
    for part in ("_parsing", "_type"):  # what has no words of its own is named by what was expected
        if kind.endswith(part) and kind.removesuffix(part) in _EXPECTED:
            return _EXPECTED[kind.removesuffix(part)]()
    return _("This does not fit: %(reason)s") % {"reason": item["msg"]}


def _limit(name: str, text: Callable[[], str]) -> Callable[[Context], str]:
    return lambda context: text() % {"limit": formats.localize(_plain(context[name]))}


def _plain(number: Any) -> Any:
    """5 rather than 5.0: a bound of a number is a float in what pydantic tells."""
    return int(number) if isinstance(number, float) and number.is_integer() else number


def _own(context: Context) -> str:
    """The words of the plugin's own check."""
    return str(context["error"])


def _needed(context: Context) -> str:
    return _("This is needed.")


def _short(context: Context) -> str:
    return _needed(context) if context["min_length"] == 1 else _too_short(context)


_too_short = _limit("min_length", lambda: _("At least %(limit)s characters."))


def _choices(context: Context) -> str:
    return _("Choose one of: %(choices)s.") % {"choices": context["expected"]}


_EXPECTED: dict[str, Callable[[], str]] = {
    "int": lambda: _("Give a whole number."),
    "float": lambda: _("Give a number."),
    "decimal": lambda: _("Give a number."),
    "bool": lambda: _("Give yes or no."),
    "string": lambda: _("Give a text."),
    "list": lambda: _("Give a list."),
    "tuple": lambda: _("Give a list."),
    "set": lambda: _("Give a list."),
    "frozen_set": lambda: _("Give a list."),
    "date": lambda: _("Give a date, such as 2026-12-24."),
    "datetime": lambda: _("Give a date and a time, such as 2026-12-24T18:00:00+02:00."),
    "date_from_datetime": lambda: _("Give a date, such as 2026-12-24."),
    "datetime_from_date": lambda: _("Give a date and a time, such as 2026-12-24T18:00:00+02:00."),
    "dict": lambda: _("Give names with values."),
    "model": lambda: _("Give names with values."),
    "time": lambda: _("Give a time, such as 18:00."),
    "url": lambda: _("Give a web address."),
}
_WORDS: dict[str, Callable[[Context], str]] = {
    "int_from_float": lambda context: _("Give a whole number."),
    "int_parsing_size": lambda context: _("This number is too large."),
    "string_unicode": lambda context: _("Leave out characters that cannot be stored."),
    "timezone_aware": lambda context: _("Say in which time zone, such as 2026-12-24T18:00:00+02:00."),
    "date_from_datetime_inexact": lambda context: _("Give a date without a time, such as 2026-12-24."),
    "finite_number": lambda context: _("Give a number."),
    "greater_than_equal": _limit("ge", lambda: _("At least %(limit)s.")),
    "less_than_equal": _limit("le", lambda: _("At most %(limit)s.")),
    "greater_than": _limit("gt", lambda: _("More than %(limit)s.")),
    "less_than": _limit("lt", lambda: _("Less than %(limit)s.")),
    "multiple_of": _limit("multiple_of", lambda: _("A multiple of %(limit)s.")),
    "string_too_short": _short,
    "string_too_long": _limit("max_length", lambda: _("At most %(limit)s characters.")),
    "too_short": _limit("min_length", lambda: _("At least %(limit)s entries.")),
    "too_long": _limit("max_length", lambda: _("At most %(limit)s entries.")),
    "string_pattern_mismatch": lambda context: (
        _("Write it like this pattern: %(pattern)s") % {"pattern": context["pattern"]}
    ),
    "literal_error": _choices,
    "enum": _choices,
    "extra_forbidden": lambda context: _("Nothing is known by this name; leave it out."),
    "missing": _needed,
    "none_required": lambda context: _("Leave this empty."),
    "value_error": _own,
    "assertion_error": _own,
}
