"""What one task of a delivery is, validated, and what may be set for a list of tasks."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from django.utils.translation import gettext_lazy
from pydantic import Field

from portal.host.settings import setting
from portal.ingestion.adapter import AdapterSettings, Item

Priority = Literal["low", "normal", "high"]


class TaskSettings(AdapterSettings):
    """`done_states`: the words that mean done; every other state is open."""

    done_states: list[str] = setting(
        ["done", "closed", "completed", "resolved"],
        title=gettext_lazy("Words for done"),
        help=gettext_lazy("One a line; every other state is open."),
    )


class TaskItem(Item):
    """A task. `assignee` is an e-mail address or a user name; `due_at` only if there is a time of the day."""

    title: str = Field(min_length=1, max_length=300)
    assignee: str = Field(min_length=1, max_length=254)
    due_on: date | None = None
    due_at: datetime | None = None
    state: Literal["open", "done"] = "open"
    url: str = Field(default="", max_length=500)
    system: str = Field(default="", max_length=80)
    priority: Priority = "normal"
    updated_at: datetime | None = None
    status: str = Field(default="", max_length=80)
