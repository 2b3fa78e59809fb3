"""What a delivery changes for the people who work: worked out from the rows before and after it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from copy import copy
from datetime import datetime, timedelta
from typing import Any

from plugins.rosters.models import Shift

# Before (None: there was none, or it is not news that there is one) and after.
Pair = tuple[Shift | None, Shift]
Change = dict[str, Any]


def sequence_after(before: Shift | None, after: Shift, fields: Sequence[str]) -> int:
    """One more than before, if a calendar has to show it otherwise."""
    if before is None:
        return 0
    same = before.missing_since is None and before.person_id == after.person_id
    same = same and all(getattr(before, name) == getattr(after, name) for name in fields)
    return before.sequence if same else before.sequence + 1


def gone_at(shift: Shift, now: datetime) -> Shift:
    """The same shift, as it is once the roster no longer has it."""
    after = copy(shift)
    after.missing_since = now
    return after


def by_person(pairs: Iterable[Pair], now: datetime, days: int) -> dict[int, list[Change]]:
    """Whom it concerns, and what of their shifts has changed that begin within so many days and are not over."""
    found: dict[int, list[Change]] = defaultdict(list)
    for before, after in pairs:
        for person, change in _changes(before, after):
            moments = [(after.starts_at, after.ends_at)]
            if before is not None:
                moments.append((before.starts_at, before.ends_at))
            if any(now < ends and starts < now + timedelta(days=days) for starts, ends in moments):
                found[person].append(change)
    return dict(found)


def _changes(before: Shift | None, after: Shift) -> Iterator[tuple[int, Change]]:
    """(person, what) for whoever worked it and for whoever works it now."""
    had = before.person_id if before is not None and before.stands else None
    has = after.person_id if after.stands else None
    if had is not None and had == has:
        assert before is not None
        if (before.starts_at, before.ends_at) != (after.starts_at, after.ends_at):
            yield had, _told("moved", after) | {"from": _times(before)}
        return
    if had is not None:
        assert before is not None
        cancelled = after.person_id == had and after.cancelled
        yield had, _told("cancelled" if cancelled else "taken", before)
    if has is not None:
        yield has, _told("given", after)


def _told(what: str, shift: Shift) -> Change:
    """As JSON: all that is needed to say it, so that saying it asks no query. Only whoever works the shift reads it."""
    title = shift.own_words.get("title", shift.title)
    said = {"what": what, "shift": shift.pk, "title": title, "all_day": shift.all_day}
    return said | {"zone": shift.time_zone, "at": _times(shift)}


def _times(shift: Shift) -> list[str]:
    return [shift.starts_at.isoformat(), shift.ends_at.isoformat()]


def together(earlier: dict[int, Change], later: Iterable[Change]) -> dict[int, Change]:
    """By shift. A shift that was taken and one at the same time that was given are one under two names: no change."""
    found = earlier | {change["shift"]: change for change in later}
    taken = {tuple(change["at"]): pk for pk, change in found.items() if change["what"] == "taken"}
    for pk, change in list(found.items()):
        if change["what"] == "given" and (other := taken.pop(tuple(change["at"]), None)) is not None:
            del found[pk], found[other]
    return found
