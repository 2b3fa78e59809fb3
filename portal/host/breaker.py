"""The breaker: a contribution that keeps failing is left alone for a while, then tried again.

Whether one is open is known without SQL: from this process's memory, which follows the stamp "troubles". Failures are
noted in memory and written after the request, so that the rollback of the page's own transaction does not lose them.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.signals import request_finished
from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import F
from django.utils import timezone

from portal.audience import stamps
from portal.audit import record
from portal.host.models import Trouble
from portal.host.registry import registry

logger = logging.getLogger("portal.host")

THRESHOLD = 5  # failures in a row
SHORTEST, LONGEST = timedelta(minutes=1), timedelta(hours=1)
TRIAL = timedelta(seconds=30)  # while one call tries whether it works again, others wait so long
STAMP = "troubles"

Key = tuple[str, str]


@dataclass
class _Known:
    failures: int
    open_until: datetime | None


@dataclass(frozen=True)
class _Note:
    key: Key
    error: str  # "": it worked
    at: datetime


_lock = threading.Lock()
_known: dict[Key, _Known] = {}
_stamp = 0
_notes: deque[_Note] = deque(maxlen=1000)  # what a database that is away for long may cost


def lets_through(slug: str, place: str) -> bool:
    """Whether the contribution may be called now. When its time is over, one call is let through to try."""
    _refresh()
    if not _known:
        return True
    trouble = _known.get((slug, place))
    if trouble is None or trouble.open_until is None:
        return True
    now = timezone.now()
    with _lock:
        if trouble.open_until > now:
            return False
        trouble.open_until = now + TRIAL
    return True


def failed(slug: str, place: str, error: str) -> None:
    """Notes a failure; from the fifth in a row the breaker is open in this process at once. Never raises."""
    now = timezone.now()
    with _lock:
        trouble = _known.setdefault((slug, place), _Known(0, None))
        trouble.failures += 1
        if trouble.failures >= THRESHOLD and not _is_critical(slug):
            trouble.open_until = now + SHORTEST
    _notes.append(_Note((slug, place), " ".join(error.split())[:500] or "?", now))


def worked(slug: str, place: str) -> None:
    """Ends the row of failures, if there was one. Costs nothing for what never failed."""
    if _known and _known.pop((slug, place), None) is not None:
        _notes.append(_Note((slug, place), "", timezone.now()))


def _is_critical(slug: str) -> bool:
    plugin = registry.get(slug)
    return plugin is not None and plugin.manifest.critical


def _refresh() -> None:
    """Takes over what other processes found out."""
    global _stamp
    stamp = stamps.current(STAMP)
    if stamp == _stamp or stamps.pending():
        return
    found = {
        (trouble.plugin, trouble.place): _Known(trouble.failures, trouble.open_until)
        for trouble in Trouble.objects.filter(failures__gt=0)
    }
    with _lock:
        _known.clear()
        _known.update(found)
        _stamp = stamp


def flush(**kwargs: object) -> None:
    """Writes what was noted. Its own failure is logged: a page is never lost by keeping these books."""
    if not _notes:
        return
    was_open = connection.connection is not None
    try:
        while _notes:
            note = _notes.popleft()
            try:
                _write(note)
            except (OperationalError, InterfaceError):
                _notes.appendleft(note)  # the database is away: after the next request again
                raise
    except Exception:
        logger.exception("the failures of plugins could not be written")
    if not was_open:
        connection.close()  # after the request nobody else would


request_finished.connect(flush, dispatch_uid="portal.host.breaker.flush")


@transaction.atomic
def _write(note: _Note) -> None:
    slug, place = note.key
    if not note.error:
        _close(Trouble.objects.filter(plugin=slug, place=place, failures__gt=0).first())
        return
    fresh = {"first_at": note.at, "last_at": note.at, "error": note.error}
    trouble, created = Trouble.objects.get_or_create(plugin=slug, place=place, defaults=fresh)
    Trouble.objects.filter(pk=trouble.pk).update(
        failures=F("failures") + 1, total=F("total") + 1, last_at=note.at, error=note.error
    )
    trouble.refresh_from_db()
    if trouble.failures == 1 and not created:
        Trouble.objects.filter(pk=trouble.pk).update(first_at=note.at)
    is_open = trouble.open_until is not None and trouble.open_until > note.at
    if trouble.failures >= THRESHOLD and not is_open and not _is_critical(slug):
        _open(trouble, note.at)
    elif trouble.failures == 1:
        stamps.bump(STAMP)  # so that a success elsewhere ends the row


def _open(trouble: Trouble, at: datetime) -> None:
    trouble.open_until = at + min(SHORTEST * 2 ** min(trouble.openings, 10), LONGEST)
    trouble.openings += 1
    trouble.save(update_fields=["open_until", "openings"])
    stamps.bump(STAMP)
    logger.error("plugin %r: %s is left out until %s: %s", *_named(trouble), trouble.open_until, trouble.error)
    record("plugin.breaker", trouble, acting_person=None, data=_facts(trouble) | {"state": "open"})


def _close(trouble: Trouble | None) -> None:
    if trouble is None:
        return
    was_open = trouble.open_until is not None
    trouble.failures, trouble.openings, trouble.open_until = 0, 0, None
    trouble.save(update_fields=["failures", "openings", "open_until"])
    stamps.bump(STAMP)
    if was_open:
        logger.warning("plugin %r: %s works again", *_named(trouble))
        record("plugin.breaker", trouble, acting_person=None, data=_facts(trouble) | {"state": "closed"})


def _named(trouble: Trouble) -> tuple[str, str]:
    return trouble.plugin, trouble.place


def _facts(trouble: Trouble) -> dict[str, object]:
    return {"plugin": trouble.plugin, "place": trouble.place, "error": trouble.error, "failures": trouble.failures}


def forget() -> None:
    """Drops what this process knows; needed only where rows are rolled back under it, as in tests."""
    global _stamp
    with _lock:
        _known.clear()
        _notes.clear()
        _stamp = 0
