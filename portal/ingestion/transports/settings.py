"""What IT may set of how a source is read: typed, so that a form can be made of it. No secret is among it."""

from __future__ import annotations

from typing import Literal

from django.utils.translation import gettext as _
from pydantic import BaseModel, ConfigDict, Field, model_validator

MEGABYTE = 1024 * 1024


class TransportSettings(BaseModel):
    """The secret that goes with `login` is the source's token: a bearer token, a password or a client's secret.

    `login`: "token" (RFC 6750; nothing is sent without one), "password" (RFC 7617, with `username`) or
    "client_credentials" (OAuth 2, RFC 6749 section 4.4: `username` is the client's id).
    `pages`: how a list goes on: "link" (RFC 8288, rel=next), "next" (the next page's address is at `next_path`),
    "cursor" (what is at `next_path` is sent as `parameter`), "number" (`parameter` counts pages from `first_page`
    on), "offset" (`parameter` counts items). All pages together are one delivery: `join` "json" makes one document
    with the list at `items_path` ("data.items"; "" where a page is the list itself), "lines" puts the pages one
    after another, without the first `header_lines` lines of all but the first.
    `repeat` (of "offset"): where an item's name is, "id". Then the last item of a page is asked for again with the next
    one, and has to be its first: what leaves the list while it is read would hide another one from us.
    `total_path`: where a page says how many items there are in all; fewer than that in the end is an error.
    `max_...`: of the whole fetch, tries and pages together. `order`: of the files in a drop folder.
    """

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    login: Literal["token", "password", "client_credentials"] = "token"
    username: str = Field(default="", max_length=200)
    token_url: str = Field(default="", max_length=1000, pattern=r"^(https?://\S+)?$")
    scope: str = Field(default="", max_length=500)

    pages: Literal["one", "link", "next", "cursor", "number", "offset"] = "one"
    join: Literal["json", "lines"] = "json"
    items_path: str = Field(default="", max_length=200, pattern=r"^\S*$")
    next_path: str = Field(default="", max_length=200, pattern=r"^\S*$")
    total_path: str = Field(default="", max_length=200, pattern=r"^\S*$")
    parameter: str = Field(default="", max_length=100, pattern=r"^\S*$")
    repeat: str = Field(default="", max_length=100, pattern=r"^\S*$")
    first_page: int = Field(default=1, ge=0, le=1)
    header_lines: int = Field(default=0, ge=0, le=100)

    max_pages: int = Field(default=100, ge=1, le=10_000)
    max_megabytes: int = Field(default=64, ge=1, le=1024)
    max_seconds: int = Field(default=30, ge=1, le=300)

    order: Literal["time", "name"] = "time"

    @model_validator(mode="after")
    def _complete(self) -> TransportSettings:
        needed = {
            "username": self.login != "token",
            "token_url": self.login == "client_credentials",
            "next_path": self.pages in ("next", "cursor"),
            "parameter": self.pages in ("cursor", "number", "offset"),
        }
        absent = [name for name, wanted in needed.items() if wanted and not getattr(self, name)]
        if absent:
            said = {"field": absent[0], "login": self.login, "pages": self.pages}
            raise ValueError(_("with login %(login)s and pages %(pages)s, %(field)s must be given") % said)
        if self.login == "password" and ":" in self.username:
            raise ValueError(_("a user name has no colon"))
        if self.join == "lines" and self.pages not in ("one", "link"):
            raise ValueError(_("pages of lines can only follow each other by “link”"))
        return self
