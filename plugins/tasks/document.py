"""From a JSON document to tasks: finding the list, and reading one task of it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any, BinaryIO
from urllib.parse import urlsplit

from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _
from pydantic import ValidationError

from plugins.tasks.items import JsonSettings, TaskItem
from portal.ingestion.adapter import Item, Rejection, UnreadablePayload
from portal.ingestion.checks import describe_error
from portal.people.models import Person

# What lies outside is a slip of the source, and not every clock can tell it.
EARLIEST, LATEST = 1970, 2999
PRIORITIES = {"low": "low", "high": "high", "urgent": "high", "critical": "high"}


class TaskError(ValueError):
    """What is wrong with a task, in words."""


class People:
    """Who works here, by e-mail address and by user name in small letters. Asked in portions."""

    def __init__(self) -> None:
        self._known: dict[str, Person | None] = {}

    def learn(self, names: set[str]) -> None:
        """Looks up many at once; one query."""
        wanted = {name.lower() for name in names} - self._known.keys()
        if not wanted:
            return
        self._known |= dict.fromkeys(wanted)
        people = Person.objects.active().alias(mail=Lower("email"), login=Lower("username"))
        for person in people.filter(Q(mail__in=wanted) | Q(login__in=wanted)):
            for name in (person.username.lower(), person.email.lower()):
                if name in wanted:
                    self._known[name] = person

    def get(self, name: str) -> Person | None:
        return self._known.get(name.lower())


def list_in(payload: BinaryIO, settings: JsonSettings) -> list[Any]:
    """The list of tasks in the document. Raises UnreadablePayload."""
    try:
        found = json.loads(payload.read())
    except (ValueError, RecursionError) as error:
        raise UnreadablePayload(_("This is not whole JSON (%(error)s).") % {"error": str(error)[:200]}) from error
    for step in filter(None, settings.items_path.split(".")):
        if not isinstance(found, dict) or step not in found:
            said = {"path": settings.items_path, "step": step}
            raise UnreadablePayload(_("There is no list at %(path)s: %(step)s is not there.") % said)
        found = found[step]
    if not isinstance(found, list):
        raise UnreadablePayload(_("What is at '%(path)s' is not a list.") % {"path": settings.items_path})
    return found


def parts_of(rows: list[Any], settings: JsonSettings) -> Iterator[Item | Rejection]:
    """Tasks and rejections, in the order of the list."""
    people = People()
    people.learn({row["assignee"] for row in rows if isinstance(row, dict) and isinstance(row.get("assignee"), str)})
    for number, row in enumerate(rows, start=1):
        name = ""
        try:
            if not isinstance(row, dict):
                raise TaskError(_("it is not an object"))
            name = _name(row)
            yield TaskItem(external_id=name, **_values(row, settings, people))
            continue
        except ValidationError as error:
            reason = describe_error(error)
        except TaskError as error:
            reason = str(error)
        raw = json.dumps(row, ensure_ascii=False)
        yield Rejection(_("item %(number)d") % {"number": number}, reason, raw, name)


def _name(row: Mapping[str, Any]) -> str:
    value = row.get("id")
    if isinstance(value, bool) or not isinstance(value, str | int) or not str(value).strip():
        raise TaskError(_("it has no id"))
    if len(str(value)) > 200 or "\x00" in str(value):
        raise TaskError(_("its id is longer than 200 characters or holds a NUL character"))
    return str(value).strip()


def _values(row: Mapping[str, Any], settings: JsonSettings, people: People) -> dict[str, Any]:
    due_on, due_at = _due(_text(row, "due"))
    done = {state.lower() for state in settings.done_states}
    return {
        "title": _text(row, "title"),
        "assignee": _assignee(_text(row, "assignee"), people),
        "due_on": due_on,
        "due_at": due_at,
        "state": "done" if _text(row, "state").lower() in done else "open",
        "url": checked_url(_text(row, "url")),
        "system": _text(row, "system"),
        "priority": PRIORITIES.get(_text(row, "priority").lower(), "normal"),
        "updated_at": _moment("updated", _text(row, "updated")),
    }


def _text(row: Mapping[str, Any], name: str) -> str:
    value = row.get(name)
    if value is None:
        return ""
    if not isinstance(value, str | int | float) or isinstance(value, bool):
        raise TaskError(_("%(name)s is not a text") % {"name": name})
    text = str(value).strip()
    if "\x00" in text:
        raise TaskError(_("%(name)s holds a NUL character") % {"name": name})
    # Half a character of JSON's \ud83d kind, which no database takes.
    return text.encode("utf-8", "replace").decode()


def _assignee(name: str, people: People) -> str:
    if not name:
        raise TaskError(_("it has no assignee, so nobody would see it"))
    if people.get(name) is None:
        raise TaskError(_("assignee '%(name)s' is nobody's address or user name here") % {"name": name})
    return name.lower()


def checked_url(url: str) -> str:
    """The same address, if a browser may follow it out of the portal. Raises TaskError."""
    if not url:
        return ""
    try:
        parts = urlsplit(url)
        fine = parts.scheme in ("http", "https") and bool(parts.hostname) and "@" not in parts.netloc
    except ValueError:
        fine = False
    if not fine or any(character.isspace() or ord(character) < 32 or character == "\\" for character in url):
        raise TaskError(_("url '%(url)s' is not a plain http or https address") % {"url": url[:100]})
    return url


def _due(text: str) -> tuple[date | None, datetime | None]:
    """The day, and the moment if a time is given."""
    try:
        day = parse_date(text)
    except ValueError:
        day = None
    if not text or (day is not None and EARLIEST <= day.year <= LATEST):
        return day, None
    moment = _moment("due", text)
    assert moment is not None
    return timezone.localdate(moment), moment


def _moment(name: str, text: str) -> datetime | None:
    if not text:
        return None
    try:
        moment = parse_datetime(text)
        if moment is not None and timezone.is_naive(moment):
            moment = timezone.make_aware(moment)
        if moment is not None and not EARLIEST <= moment.year <= LATEST:
            moment = None
    except (ValueError, OverflowError):
        moment = None
    if moment is None:
        raise TaskError(_("%(name)s '%(text)s' is neither a day nor a time of ISO 8601") % {"name": name, "text": text})
    return moment
