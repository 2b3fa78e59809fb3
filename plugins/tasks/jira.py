"""Issues of Jira, Cloud or Data Center, as tasks: its search is pulled, its webhook pushes, and it can be written to.

Sources of the format: the REST API references of Jira Cloud (version 3) and Data Center (version 2), and "Webhooks" of
both.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO, Literal
from urllib.parse import urlencode

import ijson
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import field_validator

from plugins.tasks.items import TaskItem, TaskSettings
from plugins.tasks.jira_write_back import OPERATIONS, api_of, send
from plugins.tasks.models import Task
from plugins.tasks.rows import TaskRow, Tasks
from plugins.tasks.task_lists import TaskLists
from portal.host.settings import setting
from portal.ingestion.adapter import Gone, Part, Rejection
from portal.ingestion.formats.base import seekable
from portal.ingestion.formats.json import Json, JsonSettings
from portal.ingestion.models import Source, WriteBack
from portal.ingestion.signing import Signed
from portal.ingestion.transports.settings import TransportSettings
from portal.ingestion.write_back_http import Channel

PATHS = {
    "id": "id",
    "key": "key",
    "title": "fields.summary",
    "account": "fields.assignee.accountId || fields.assignee.name",
    "assignee": "fields.assignee.emailAddress || fields.assignee.name || fields.assignee.accountId",
    "due": "fields.duedate",
    "state": "fields.status.statusCategory.key",
    "status": "fields.status.name",
    "priority": "fields.priority.name",
    "updated": "fields.updated",
}
Name = Literal["id", "key", "title", "account", "assignee", "due", "state", "status", "priority", "updated"]
FIELDS = "summary,assignee,duedate,status,priority,updated"
CHANGED, DELETED = ("jira:issue_created", "jira:issue_updated"), "jira:issue_deleted"
# Jira sends again up to five times, 5 to 15 minutes apart.
SENT_AGAIN_FOR = 2 * 3600


class JiraSettings(TaskSettings, JsonSettings):
    """`jql`: which issues, without an order. `people`: account id, user name or address there -> user name or address
    here, where they differ. `complete_by`: the names of the transitions that finish an issue, best first; not needed
    where there is only one. `paths` adds to what is known of Jira: {"due": "fields.customfield_10042"}.
    """

    deployment: Literal["cloud", "data_center"] = setting(
        "cloud", title=gettext_lazy("Kind of Jira"), help=gettext_lazy("cloud, or data_center: a Jira of your own.")
    )
    jql: str = setting(
        "assignee is not EMPTY AND (statusCategory != Done OR updated >= -14d)",
        title=gettext_lazy("Which issues"),
        help=gettext_lazy("In JQL, without ORDER BY. Give the webhook the same."),
        min_length=1,
        max_length=2000,
    )
    page_size: int = setting(
        100, title=gettext_lazy("Page size"), help=gettext_lazy("Issues that are asked for at once."), ge=1, le=1000
    )
    people: dict[str, str] = setting(
        {},
        title=gettext_lazy("People"),
        help=gettext_lazy(
            "Who is called otherwise there: account id, user name or address there, user name or address here."
        ),
    )
    complete_by: list[str] = setting(
        ["Done", "Close", "Close Issue", "Resolve", "Resolve Issue"],
        title=gettext_lazy("What finishes an issue"),
        help=gettext_lazy("Names of transitions, best first, one a line. Not needed where there is only one."),
    )
    items_path: str = setting(
        "issues",
        title=gettext_lazy("List in the document"),
        help=gettext_lazy("As Jira gives it: issues."),
        pattern=r"^issues$",
    )
    paths: dict[Name, str] = setting(  # type: ignore[assignment]  # narrower than of any JSON: a form has choices
        PATHS,
        title=gettext_lazy("Paths"),
        help=gettext_lazy("Where a field is in an issue, if elsewhere: due, fields.customfield_10042."),
    )

    @field_validator("jql")
    @classmethod
    def _without_order(cls, value: str) -> str:
        if "order by" in " ".join(value.lower().split()):
            raise ValueError(_("leave ORDER BY out: pages are read in the order of keys, so that none is missed"))
        return value

    @field_validator("paths")
    @classmethod
    def _added(cls, value: dict[str, str]) -> dict[str, str]:
        return PATHS | value


@dataclass(slots=True)
class JiraRow(TaskRow):
    """`key`: what people call it, WARD-7; it may change. `account`: the assignee's id in Cloud, else user name."""

    key: str = ""
    account: str = ""


class Issues(Tasks):
    """Makes tasks of issues."""

    def learn(self, rows: Sequence[TaskRow]) -> None:
        for row in rows:
            row.assignee = self._name_here(row)
        super().learn(rows)

    def _name_here(self, row: Any) -> str:
        people: dict[str, str] = self.settings.people
        return people.get(row.account) or people.get(row.assignee) or row.assignee

    def item(self, external_id: str, row: Any) -> TaskItem:
        site = self.source.pull_from.rstrip("/")
        row.url = f"{site}/browse/{row.key}" if site and row.key else ""
        return super().item(external_id, row)


@dataclass(frozen=True)
class _OfOthers(Rejection):
    """An issue of somebody who is not known here: told, and no longer shown to whoever had it before."""


class JiraIssues(TaskLists):
    """The search delivers everything, the webhook one issue. An issue without an assignee is nobody's task."""

    slug = "tasks.jira"
    title = gettext_lazy("Jira issues")
    row = JiraRow
    maker = Issues
    format = Json()
    content_types = ("application/json",)
    settings_model = JiraSettings
    operations = OPERATIONS

    def pulled(self, source: Source) -> tuple[str, TransportSettings]:
        settings = JiraSettings.model_validate(source.settings)
        query = {"jql": f"({settings.jql}) ORDER BY key ASC", "fields": _fields(settings)}
        query["maxResults"] = str(settings.page_size)
        pages: dict[str, Any] = {"pages": "cursor", "next_path": "nextPageToken", "parameter": "nextPageToken"}
        path = "search/jql"
        if settings.deployment == "data_center":
            pages = {"pages": "offset", "parameter": "startAt", "total_path": "total", "repeat": "id"}
            path = "search"
        transport = source.transport_settings.model_copy(update={"items_path": "issues", "join": "json", **pages})
        return f"{api_of(source)}/{path}?{urlencode(query)}", transport

    def signed(self, headers: Mapping[str, str], body: bytes) -> Signed | None:
        """An HMAC of the body, which holds its moment. X-Atlassian-Webhook-Identifier is not signed, so nothing is
        made of it; what is sent again has the same body, which is the delivery there is already.
        """
        signature = headers.get("X-Hub-Signature", "")
        return Signed(signature, body, lambda: _moment(body), SENT_AGAIN_FOR) if signature else None

    def covers_all(self, payload: BinaryIO) -> bool:
        return not _is_event(payload)

    def read(self, payload: BinaryIO, source: Source) -> Iterator[Part]:
        document = seekable(payload)
        start = document.tell()
        is_event = _is_event(document)
        document.seek(start)
        if not is_event:
            yield from self._issues(document, source)
            return
        event = json.load(document)
        issue = event.get("issue")
        if event["webhookEvent"] == DELETED and isinstance(issue, dict):
            yield Gone(str(issue.get("id")))
        elif event["webhookEvent"] in CHANGED:
            yield from self._issues(io.BytesIO(json.dumps({"issues": [issue]}).encode()), source)

    def _issues(self, document: BinaryIO, source: Source) -> Iterator[Part]:
        for part in super().read(document, source):
            yield part
            if isinstance(part, _OfOthers):
                yield Gone(part.external_id)

    def _part(self, row: Any, maker: Any) -> Part:
        if row.made is not None and not row.made.assignee:
            return Gone(row.name)
        part = super()._part(row, maker)
        if isinstance(part, Rejection) and row.made is not None and not maker.works_here(row.made.assignee):
            return _OfOthers(**vars(part))
        return part

    def row_of(self, source: Source, external_id: str) -> Task | None:
        return Task.objects.filter(source=source, external_id=external_id).first()

    def send(self, source: Source, write_back: WriteBack, http: Channel) -> str:
        return send(source, write_back, http)


def _fields(settings: JiraSettings) -> str:
    """What Jira has to send: what is always read, and the fields that IT has mapped."""
    mapped = {path.split(".")[1] for path in settings.paths.values() if path.startswith("fields.")}
    return ",".join(dict.fromkeys([*FIELDS.split(","), *sorted(name.split()[0] for name in mapped)]))


def _moment(body: bytes) -> float | None:
    """The time stamp of an event, in Unix seconds; Jira writes milliseconds."""
    try:
        stamp = json.loads(body)["timestamp"]
    except (ValueError, RecursionError, TypeError, KeyError):
        return None
    return stamp / 1000 if type(stamp) is int and 0 < stamp < 10**14 else None


def _is_event(payload: BinaryIO) -> bool:
    """Whether this is what a webhook sends; what is no JSON at all is not."""
    try:
        for place, event, value in ijson.parse(payload):
            if place == "" and event == "map_key" and value in ("webhookEvent", "issues"):
                return bool(value == "webhookEvent")
    except (ijson.JSONError, UnicodeError):
        pass
    return False
