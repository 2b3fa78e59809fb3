"""What kind of shift it is: as its source says, else by the hour at which it begins."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from plugins.rosters.items import Kind

WORDS: dict[str, Kind] = {"day": "day", "late": "late", "night": "night"}


def kind_of(words: Iterable[str], start: datetime, length: timedelta) -> Kind:
    """`start` on the clocks of the place."""
    for word in words:
        if kind := WORDS.get(word.strip().lower()):
            return kind
    if length > timedelta(hours=16):
        return "other"
    if 4 <= start.hour < 12:
        return "day"
    return "late" if 12 <= start.hour < 18 else "night"
