"""From a row of a file to a task."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from urllib.parse import urlsplit

from django.utils import timezone
from django.utils.translation import gettext as _

from plugins.tasks.items import Priority, TaskItem
from portal.ingestion.formats.mapping import Maker
from portal.ingestion.formats.values import RowError
from portal.ingestion.models import Source
from portal.people.lookup import by_address_or_login
from portal.people.models import Person

PRIORITIES: dict[str, Priority] = {
    **dict.fromkeys(("lowest", "low", "minor", "trivial"), "low"),
    **dict.fromkeys(("high", "highest", "urgent", "critical", "blocker"), "high"),
}


@dataclass(slots=True)
class TaskRow:
    """What a source may give of a task. `due` has a time of the day if it matters.

    `state` decides whether it is done; `status` is how its system calls that ("In review"), for people.
    """

    id: str
    title: str
    assignee: str = ""
    due: date | datetime | None = None
    state: str = ""
    url: str = ""
    system: str = ""
    priority: str = ""
    updated: datetime | None = None
    status: str = ""


class People:
    """Who works here, by e-mail address and by user name in small letters. Asked in portions."""

    def __init__(self) -> None:
        self._known: dict[str, Person | None] = {}

    def learn(self, names: set[str]) -> None:
        """Looks up many at once; one query."""
        wanted = {name.lower() for name in names} - self._known.keys()
        if not wanted:
            return
        self._known |= dict.fromkeys(wanted) | by_address_or_login(wanted)

    def get(self, name: str) -> Person | None:
        return self._known.get(name.lower())


class Tasks(Maker[TaskRow]):
    """Makes tasks of rows."""

    def __init__(self, source: Source, settings: Any) -> None:
        super().__init__(source, settings)
        self._people = People()
        self._done = {state.lower() for state in settings.done_states}

    def learn(self, rows: Sequence[TaskRow]) -> None:
        self._people.learn({row.assignee for row in rows if row.assignee})

    def works_here(self, name: str) -> bool:
        return self._people.get(name) is not None

    def item(self, external_id: str, row: TaskRow) -> TaskItem:
        due_at = row.due if isinstance(row.due, datetime) else None
        return TaskItem(
            external_id=external_id,
            title=row.title,
            assignee=_assignee(row.assignee, self._people),
            due_on=timezone.localdate(due_at) if due_at else row.due,
            due_at=due_at,
            state="done" if row.state.lower() in self._done else "open",
            url=checked_url(row.url),
            system=row.system,
            priority=PRIORITIES.get(row.priority.lower(), "normal"),
            updated_at=row.updated,
            status=row.status[:80],
        )


def _assignee(name: str, people: People) -> str:
    if not name:
        raise RowError(_("it has no assignee, so nobody would see it"))
    if people.get(name) is None:
        reason = _("assignee '%(name)s' is nobody's address or user name here")
        raise RowError(reason % {"name": name}, awaits_person=name)
    return name.lower()


def checked_url(url: str) -> str:
    """The same address, if a browser may follow it out of the portal. Raises RowError."""
    if not url:
        return ""
    try:
        parts = urlsplit(url)
        fine = parts.scheme in ("http", "https") and bool(parts.hostname) and "@" not in parts.netloc
    except ValueError:
        fine = False
    if not fine or any(character.isspace() or ord(character) < 32 or character == "\\" for character in url):
        raise RowError(_("url '%(url)s' is not a plain http or https address") % {"url": url[:100]})
    return url
