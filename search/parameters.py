"""The address of a search, read and written: every combination of filters is one that can be shared."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext as _

from portal.catalogue.models import Entry
from search.query import TIMES, SearchRequest
from search.terms import clean

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from portal.people.models import Person

_TYPES = 20


def from_query(person: Person | AnonymousUser, given: QueryDict, *, strict: bool) -> SearchRequest:
    """What an address asks for. Values that cannot be are refused if `strict`, else as if they were not there.

    Raises TooDeep for a page beyond what can be paged through, and ValidationError if `strict`.
    """
    kind = _one_of(given, "kind", Entry.Kind.values, strict)
    time = _one_of(given, "time", TIMES, strict)
    types = {name for value in given.getlist("type") for name in clean(value).split(",") if name}
    return SearchRequest(
        person=person,
        q=clean(given.get("q", "")),
        kind=kind,
        type=",".join(sorted(types)[:_TYPES]),
        author_id=_number(given, "author", None, strict),
        page=_number(given, "page", 1, strict) or 1,
        plugin=clean(given.get("plugin", "")),
        department=clean(given.get("department", "")),
        topic=clean(given.get("topic", "")),
        language=clean(given.get("language", "")),
        time=time,
    )


def _one_of(given: QueryDict, name: str, known: Collection[str], strict: bool) -> str:
    value = given.get(name, "")
    if not value or value in known:
        return value
    if strict:
        raise ValidationError({name: _("Use one of %(kinds)s.") % {"kinds": ", ".join(known)}})
    return ""


def _number(given: QueryDict, name: str, default: int | None, strict: bool) -> int | None:
    text = given.get(name, "")
    if not text:
        return default
    if text.isascii() and text.isdigit() and len(text) < 10 and int(text) > 0:
        return int(text)
    if strict:
        raise ValidationError({name: _("Give a number from 1.")})
    return default


def _values(asked: SearchRequest) -> dict[str, Any]:
    return {
        "q": asked.q,
        "kind": asked.kind,
        "type": asked.type,
        "plugin": asked.plugin,
        "department": asked.department,
        "author": asked.author_id,
        "topic": asked.topic,
        "language": asked.language,
        "time": asked.time,
    }


def chosen_in(asked: SearchRequest) -> dict[str, Any]:
    """All that narrows the search, as an address has it."""
    return {name: value for name, value in _values(asked).items() if value and name != "q"}


def to_query(asked: SearchRequest, **changes: Any) -> str:
    """The address of this search with some filters changed; without a page, it begins at the first one."""
    values = _values(asked) | changes
    return "?" + urlencode({name: value for name, value in values.items() if value}, safe=",/")
