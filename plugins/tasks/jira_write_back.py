"""What people do here with an issue of Jira: finish it, and comment on it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import BaseModel, ConfigDict, Field

from portal.ingestion.fetch import FetchError
from portal.ingestion.models import Source, WriteBack
from portal.ingestion.write_back import Declined, Operation
from portal.ingestion.write_back_http import Channel

# The name of the property by which a comment of ours is known again (entity properties of the REST API).
PROPERTY = "folkmoot"
NEWEST = 50  # comments looked through after a try without an answer
CLOCKS_DIFFER = timedelta(minutes=10)
# What begins a macro, a link or mention, or a picture in Jira's text markup; in Cloud, text is just text.
MARKUP = str.maketrans({character: f"\\{character}" for character in "\\{}[]!"})


class Comment(BaseModel):
    """Plain text; lines are kept."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    text: str = Field(min_length=1, max_length=5000)


OPERATIONS = (
    Operation("complete", gettext_lazy("Done")),
    Operation("comment", gettext_lazy("Comment"), Comment, once=False),
)


def api_of(source: Source) -> str:
    version = 2 if source.settings.get("deployment") == "data_center" else 3
    return f"{source.pull_from.rstrip('/')}/rest/api/{version}"


def send(source: Source, write_back: WriteBack, http: Channel) -> str:
    """See Adapter.send."""
    issue = f"{api_of(source)}/issue/{quote(write_back.external_id, safe='')}"
    try:
        if write_back.operation == "comment":
            return _comment(source, issue, write_back, http)
        return _complete(source, issue, write_back, http)
    except FetchError as error:
        said = {"system": source.name, "reason": str(error)}
        if error.status == 404:
            raise Declined(_("%(system)s no longer has this task, or does not let us see it.") % said) from error
        if error.status == 400:
            raise Declined(_("%(system)s refuses it. %(reason)s") % said) from error
        raise


def _complete(source: Source, issue: str, write_back: WriteBack, http: Channel) -> str:
    found = http.get(issue, fields="status")
    if _is_done(found["fields"]["status"]):
        return "" if write_back.uncertain else _("It was done already.")
    transition = _transition(source, http.get(f"{issue}/transitions")["transitions"])
    http.post(f"{issue}/transitions", {"transition": {"id": transition}})
    return ""


def _is_done(status: dict[str, Any]) -> bool:
    return bool(status["statusCategory"]["key"] == "done")


def _transition(source: Source, offered: list[dict[str, Any]]) -> str:
    """The id of the one that finishes the issue. Raises Declined if there is none, or several of other names."""
    finishing = [one for one in offered if _is_done(one["to"])]
    by_name = {str(one["name"]).lower(): one for one in reversed(finishing)}
    wanted = source.adapter_settings.complete_by  # type: ignore[attr-defined]
    found = next((by_name[name.lower()] for name in wanted if name.lower() in by_name), None)
    if found is None and len(finishing) == 1:
        found = finishing[0]
    if found is not None:
        return str(found["id"])
    said = {"system": source.name, "names": ", ".join(str(one["name"]) for one in finishing)}
    if finishing:
        raise Declined(_("%(system)s has several ways to finish it (%(names)s); finish it there.") % said)
    raise Declined(_("%(system)s does not let it be finished from the state it is in; open it there.") % said)


def _comment(source: Source, issue: str, write_back: WriteBack, http: Channel) -> str:
    if write_back.uncertain and _has_arrived(source, issue, write_back, http):
        return ""
    key = {"key": PROPERTY, "value": {"key": str(write_back.key)}}
    http.post(f"{issue}/comment", {"body": _body(source, write_back), "properties": [key]})
    return ""


def _has_arrived(source: Source, issue: str, write_back: WriteBack, http: Channel) -> bool:
    """Looks through the newest comments for ours, by the property it carries."""
    newest = http.get(f"{issue}/comment", orderBy="-created", maxResults=NEWEST)["comments"]
    since = write_back.created_at - CLOCKS_DIFFER
    for comment in (one for one in newest if datetime.fromisoformat(one["created"]) >= since):
        name = quote(str(comment["id"]), safe="")
        try:
            kept = http.get(f"{api_of(source)}/comment/{name}/properties/{PROPERTY}")
        except FetchError as error:
            if error.status != 404:
                raise
            continue
        if kept["value"] == {"key": str(write_back.key)}:
            return True
    return False


def _body(source: Source, write_back: WriteBack) -> Any:
    """The person's name, since Jira knows only whose token it is, and the text: in Cloud as a document (ADF)."""
    who = _("%(person)s (Folkmoot):") % {"person": write_back.person}
    lines = [who, *write_back.data["text"].splitlines()]
    if source.settings.get("deployment") == "data_center":
        return "\n".join(line.translate(MARKUP) for line in lines)
    paragraphs = [{"type": "paragraph", "content": [{"type": "text", "text": line}] if line else []} for line in lines]
    return {"type": "doc", "version": 1, "content": paragraphs}
