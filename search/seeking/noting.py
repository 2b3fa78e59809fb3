"""Notes that somebody sought something, and what they opened: one small row a search, written after the answer.

Nothing here may cost a search anything: what goes wrong is logged, and the search is not counted.
"""

from __future__ import annotations

import logging
from collections import deque
from dataclasses import dataclass
from datetime import date
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from django.core.signals import request_finished
from django.db import connection
from django.utils import timezone, translation
from rest_framework.throttling import UserRateThrottle

from search.seeking.conf import WAITING, people_needed
from search.seeking.models import Sought
from search.seeking.phrases import normalised
from search.seeking.rounds import key_of

if TYPE_CHECKING:
    from portal.people.models import Person
    from search.query import SearchRequest, SearchResult

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Note:
    person: Person
    phrase: str
    language: str
    day: date
    whole: bool  # no filter and no further page: what is found is all there is
    found: bool
    clickable: bool


_notes: deque[_Note] = deque(maxlen=WAITING)


class SeekingThrottle(UserRateThrottle):
    """The rate "seeking" a person: who asks more often is a program, or wants to be counted."""

    scope = "seeking"


def note_search(asked: SearchRequest, result: SearchResult, *, clickable: bool, answered: bool = False) -> None:
    """Remembers a search until the answer is sent. `clickable`: it is shown where clicks are told; `answered`: by
    quick answers."""
    try:
        phrase = normalised(asked.q) if people_needed() and result.engine else ""
        if not phrase or not asked.person.is_authenticated:
            return
        listed = bool(result.count or result.promoted)
        note = _Note(
            person=asked.person,
            phrase=phrase,
            language=language(),
            day=timezone.localdate(),
            whole=asked.is_plain and asked.page == 1,
            found=listed or answered,
            clickable=clickable and listed,
        )
        _notes.append(note)
    except Exception:
        logger.exception("a search could not be counted")


def note_click(person: Person, text: str, position: int) -> None:
    """Notes the first result that the person opened of a search of today; a search that is not noted is left so."""
    phrase = normalised(text)
    key = key_of(today := timezone.localdate()) if phrase and people_needed() else None
    if key is None:
        return
    mark = key.mark(person.pk, phrase, language(), today)
    Sought.objects.filter(mark=mark, position=None).update(position=position)


def language() -> str:
    """The short code of the language in which the person uses Folkmoot."""
    return (translation.get_language() or "")[:2]


def flush(**kwargs: object) -> None:
    """Writes what was noted; what cannot be written is lost, and said so once."""
    if not _notes:
        return
    was_open = connection.connection is not None
    try:
        while _notes:
            _write(_notes.popleft())
    except Exception:
        _notes.clear()
        logger.exception("what people seek could not be counted")
    if not was_open:
        connection.close()  # after the request nobody else would


def forget() -> None:
    """Drops what the process remembers."""
    _notes.clear()


request_finished.connect(flush, dispatch_uid="search.seeking.flush")


def _write(note: _Note) -> None:
    key = key_of(note.day)
    if key is None or not is_allowed(note.person):
        return
    row = Sought(
        mark=key.mark(note.person.pk, note.phrase, note.language, note.day),
        round_id=key.round_id,
        day=note.day,
        phrase=note.phrase,
        language=note.language,
        seat=key.seat(note.person.pk, note.phrase, note.language),
        nothing=note.whole and not note.found,
        clickable=note.clickable,
    )
    again = ["nothing", "clickable"] if note.clickable else ["nothing"]
    if note.whole:
        Sought.objects.bulk_create([row], update_conflicts=True, unique_fields=["mark"], update_fields=again)
    else:
        Sought.objects.bulk_create([row], ignore_conflicts=True)


def is_allowed(person: Person) -> bool:
    """Whether the person's searches and clicks are still counted this minute."""
    request: Any = SimpleNamespace(user=person)
    return SeekingThrottle().allow_request(request, None)  # type: ignore[arg-type]  # it looks at the person only
