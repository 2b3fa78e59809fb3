"""What one shift of a delivery is, validated, and what may be set for a calendar."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import Field, field_validator, model_validator

from portal.host.settings import setting
from portal.ingestion.adapter import AdapterSettings, Item
from portal.ingestion.formats.base import Encoding
from portal.ingestion.formats.values import ZoneName

Kind = Literal["day", "late", "night", "other"]


class IcalSettings(AdapterSettings):
    """`time_zone` is that of times without one; by default what the calendar says, else the organisation's."""

    days_back: int = setting(
        14, title=gettext_lazy("Days back"), help=gettext_lazy("What ended longer ago is left out."), ge=0, le=366
    )
    days_ahead: int = setting(
        60, title=gettext_lazy("Days ahead"), help=gettext_lazy("How far rules are worked out."), ge=1, le=366
    )
    time_zone: ZoneName = setting(
        "",
        title=gettext_lazy("Time zone"),
        help=gettext_lazy("Of times without one. Empty: what the calendar says, else ours."),
    )
    encoding: Encoding = setting(
        "utf-8-sig", title=gettext_lazy("Encoding"), help=gettext_lazy("utf-8, windows-1252 and the like.")
    )

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone or settings.TIME_ZONE)


class ShiftSettings(AdapterSettings):
    """`days_back`: what ended longer ago is no longer missed. `cancelled_states`: the words that mean cancelled."""

    days_back: int = setting(
        14,
        title=gettext_lazy("Days back"),
        help=gettext_lazy("What ended longer ago is no longer missed."),
        ge=0,
        le=366,
    )
    cancelled_states: list[str] = setting(
        ["cancelled", "canceled"], title=gettext_lazy("Words for cancelled"), help=gettext_lazy("One a line.")
    )


class ShiftItem(Item):
    """A shift. `email` and `name` are of whoever works it; without both it is open.

    `private`: title, note and link are for whoever works it and the heads of its department alone.
    """

    title: str = Field(min_length=1, max_length=200)
    starts_at: datetime
    ends_at: datetime
    time_zone: str
    all_day: bool = False
    kind: Kind = "other"
    email: str = Field(default="", max_length=254)
    name: str = Field(default="", max_length=200)
    note: str = Field(default="", max_length=1000)
    link: str = Field(default="", max_length=500)
    cancelled: bool = False
    private: bool = False

    @field_validator("link", mode="before")
    @classmethod
    def _followable(cls, value: str) -> str:
        """An address that a browser should not follow is no reason to refuse the shift: it goes without."""
        return value if is_plain_address(value) else ""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.ends_at <= self.starts_at:
            raise ValueError(_("it ends before it begins, or at once"))
        return self


def is_plain_address(text: str) -> bool:
    """Whether it is a web address that names a host, no more than 500 characters long, and nothing hidden in it."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    odd = any(character.isspace() or ord(character) < 32 or character == "\\" for character in text)
    return (
        parts.scheme in ("http", "https")
        and bool(parts.hostname)
        and "@" not in parts.netloc
        and not odd
        and len(text) <= 500
    )
