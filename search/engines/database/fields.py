"""What of an entry is searched, and what a match in it weighs."""

from __future__ import annotations

from collections.abc import Sequence

from portal.catalogue.models import Entry
from search.analysis import languages_of
from search.conf import INDEXED_CHARACTERS
from search.ranking import numbers

FIELDS = ("title", "names", "summary", "body")


def field_weights() -> list[float]:
    """What a match in each of FIELDS weighs, the largest being 1."""
    known = numbers()
    most = max(known[name] for name in FIELDS) or 1.0
    return [known[name] / most for name in FIELDS]


def names(entry: Entry) -> str:
    """Topics and author: words of no language, found as they are written."""
    author = entry.author.display_name if entry.author else ""
    return "\n".join([*(str(topic) for topic in entry.topic_names), author])


def texts(entry: Entry) -> list[tuple[str, Sequence[str]]]:
    """Text and languages of each field, in the order of FIELDS."""
    languages = languages_of(entry.language)
    return [
        (entry.title, languages),
        (names(entry), languages),
        (entry.summary, languages),
        (entry.body[:INDEXED_CHARACTERS], languages),
    ]
