"""What of an entry is searched, and what a match in it weighs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from portal.catalogue.models import Entry
from search.analysis import languages_of
from search.conf import INDEXED_CHARACTERS


class Field(NamedTuple):
    name: str
    weight: float


FIELDS = (Field("title", 10.0), Field("names", 5.0), Field("summary", 3.0), Field("body", 1.0))


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
