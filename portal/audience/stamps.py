"""Stamps: how a process learns that shared data it keeps in memory has changed elsewhere.

All stamps are read in one query, at most every FOLKMOOT_STAMP_SECONDS, so a warm request asks nothing. A bump
takes the stamp's row lock until its transaction ends; `intern` uses that to give ids in the order of commits.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, Generic, TypeVar

from django.conf import settings
from django.db import connection, transaction

from portal.audience.models import Stamp

T = TypeVar("T")

_lock = threading.Lock()
_values: dict[str, int] = {}
_read_at: float | None = None
_generation = 0
_bumped = threading.local()
_every: list[Kept[Any]] = []


def known() -> Mapping[str, int]:
    """All stamps, no older than FOLKMOOT_STAMP_SECONDS. The same object as long as nothing was read anew."""
    global _values, _read_at
    if pending():
        return _values
    now = time.monotonic()
    if _read_at is None or now - _read_at >= settings.FOLKMOOT_STAMP_SECONDS:
        generation = _generation
        fresh = dict(Stamp.objects.values_list("name", "value"))
        with _lock:
            if fresh != _values:
                _values = fresh
            # A change that was announced while we read may not be in what we read.
            _read_at = now if generation == _generation else None
    return _values


def current(name: str) -> int:
    """One stamp's value; 0 if it was never bumped."""
    return known().get(name, 0)


def pending() -> bool:
    """Whether the running transaction bumped a stamp and has not committed.

    What such a transaction reads may still be rolled back, and its numbers be given to something else: nothing
    of it may be remembered by the process.
    """
    # Every check of a gate asks this, and to look at the connection costs more than the whole check may: only a
    # thread that has bumped since it last looked need do so. Connections belong to one thread each.
    if not getattr(_bumped, "since", False):
        return False
    _bumped.since = any(waiting[1] is forget for waiting in connection.run_on_commit)
    return bool(_bumped.since)


def until_next_bump(name: str, make: Callable[[], T]) -> T:
    """What `make` gives inside a transaction that is `pending`, made once until it bumps a stamp again.

    Kept on the connection beside the list of callbacks it belongs to: Django starts a new list when the
    transaction or a savepoint ends, and each bump adds to it.
    """
    waiting = connection.run_on_commit
    bumps = sum(callback[1] is forget for callback in waiting)
    kept = getattr(connection, "_folkmoot_kept", None)
    if kept is None or kept[0] is not waiting or kept[1] != bumps:
        kept = (waiting, bumps, {})
        connection._folkmoot_kept = kept  # type: ignore[attr-defined]
    values: dict[str, T] = kept[2]
    if name not in values:
        values[name] = make()
    return values[name]


class Kept(Generic[T]):
    """What `read` gives, remembered by this process until the stamp moves. All requests share it: for reading only."""

    def __init__(self, stamp: str, read: Callable[[], T]) -> None:
        self._stamp, self._read = stamp, read
        self._kept: tuple[int, T] | None = None
        _every.append(self)

    def get(self) -> T:
        """As last committed, no older than the stamps; read anew inside a transaction that bumped one."""
        if pending():
            return until_next_bump(self._stamp, self._read)
        value, kept = current(self._stamp), self._kept
        if kept is None or kept[0] != value:
            kept = self._kept = (value, self._read())
        return kept[1]

    def forget(self) -> None:
        """Drops it; needed only where rows are rolled back under it, as in tests."""
        self._kept = None


def forget_kept() -> None:
    """Drops what every Kept remembers; needed only where rows are rolled back under them, as in tests."""
    for kept in _every:
        kept.forget()


def bump(name: str) -> None:
    """Adds one to the stamp, inside the running transaction; this process reads it anew once that commits."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO audience_stamp (name, value) VALUES (%s, 1) "
            "ON CONFLICT (name) DO UPDATE SET value = audience_stamp.value + 1",
            [name],
        )
    transaction.on_commit(forget)
    _bumped.since = True


def forget() -> None:
    """Makes this process read the stamps at the next use."""
    global _read_at, _generation
    with _lock:
        _generation += 1
        _read_at = None
