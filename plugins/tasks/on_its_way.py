"""In words: what became of what a person did with a task here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils import formats, timezone
from django.utils.translation import gettext as _

from plugins.tasks.models import Task
from plugins.tasks.queries import COMPLETE
from portal.ingestion.models import WriteBack

State = WriteBack.State


@dataclass(frozen=True)
class OnItsWay:
    """`label`, `state` and `icon` as tags draw them; `words`: all there is to say; `text`: of a comment."""

    pk: int
    title: str
    label: str
    words: str
    state: str
    icon: str
    at: datetime
    text: str
    may_withdraw: bool
    may_retry: bool


def on_its_way(write_back: WriteBack, task: Task) -> OnItsWay:
    state, icon = _drawn(write_back, task)
    return OnItsWay(
        pk=write_back.pk,
        title=_("Done") if write_back.operation == COMPLETE else _("Comment"),
        label=_label(write_back),
        words=words_for(write_back, task),
        state=state,
        icon=icon,
        at=write_back.created_at,
        text=str(write_back.data.get("text", "")),
        may_withdraw=write_back.may_be_withdrawn,
        may_retry=write_back.state == State.FAILED,
    )


def _label(write_back: WriteBack) -> str:
    if write_back.state == State.WAITING:
        return _("Waiting")
    if write_back.state == State.FAILED:
        return _("Not done")
    return write_back.get_state_display().capitalize()


def is_settled(write_back: WriteBack | None, task: Task) -> bool:
    """Whether finishing the task may be offered (again): nothing is on its way that its system has not answered."""
    if write_back is None or write_back.state == State.FAILED:
        return True
    return write_back.state == State.SENT and _was_read_since(write_back, task)


def words_for(write_back: WriteBack, task: Task) -> str:
    """One sentence, or two."""
    said = {"system": task.source.name, "said": write_back.said, "time": ""}
    if write_back.state == State.WAITING and not write_back.attempts:
        return _("Waiting to be sent to %(system)s.") % said
    if write_back.state == State.WAITING:
        said["time"] = formats.time_format(timezone.localtime(write_back.retry_at), "H:i")
        return _("Not sent yet, it is tried again at %(time)s. %(said)s") % said
    if write_back.state == State.SENDING:
        return _("Being sent to %(system)s.") % said
    if write_back.state == State.FAILED:
        return _("Not done. %(said)s") % said
    return _words_for_sent(write_back, task) % said


def _words_for_sent(write_back: WriteBack, task: Task) -> str:
    if write_back.said:
        return "%(said)s"
    if write_back.operation != COMPLETE:
        return _("Sent to %(system)s.")
    if task.state == Task.State.DONE:
        return _("Done in %(system)s.")
    if _was_read_since(write_back, task):
        return _("Sent, but %(system)s still has it open.")
    return _("Sent to %(system)s; it follows here with the next reading.")


def _was_read_since(write_back: WriteBack, task: Task) -> bool:
    read_at, settled_at = task.source.last_success_at, write_back.settled_at
    return bool(read_at and settled_at and read_at > settled_at)


def _drawn(write_back: WriteBack, task: Task) -> tuple[str, str]:
    if write_back.state == State.FAILED:
        return "bad", "alert"
    if write_back.state != State.SENT:
        return "warn", "clock"
    contradicted = write_back.operation == COMPLETE and not write_back.said and task.state != Task.State.DONE
    return ("warn", "alert") if contradicted and _was_read_since(write_back, task) else ("ok", "ok")
