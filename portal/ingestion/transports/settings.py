"""What IT may set of how a source is read: typed, so that a form can be made of it. No secret is among it."""

from __future__ import annotations

from typing import Literal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import BaseModel, ConfigDict, model_validator

from portal.host.settings import setting

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

    login: Literal["token", "password", "client_credentials"] = setting(
        "token",
        title=gettext_lazy("Log-in"),
        help=gettext_lazy(
            "token: the secret is sent as a bearer token, nothing without one. password: user name and password. "
            "client_credentials: OAuth 2, the secret is the client’s."
        ),
    )
    username: str = setting(
        "", title=gettext_lazy("User name"), help=gettext_lazy("With OAuth 2 the client’s id."), max_length=200
    )
    token_url: str = setting(
        "",
        title=gettext_lazy("Token address"),
        help=gettext_lazy("Where OAuth 2 tokens are given."),
        max_length=1000,
        pattern=r"^(https?://\S+)?$",
    )
    scope: str = setting(
        "", title=gettext_lazy("Scope"), help=gettext_lazy("What is asked for with OAuth 2."), max_length=500
    )

    pages: Literal["one", "link", "next", "cursor", "number", "offset"] = setting(
        "one",
        title=gettext_lazy("Pages"),
        help=gettext_lazy(
            "one: all is in one answer. link: the Link header names the next page. next: the page holds its "
            "address. cursor: it holds a mark that is sent along. number: pages are counted. offset: items are."
        ),
    )
    join: Literal["json", "lines"] = setting(
        "json",
        title=gettext_lazy("Pages are put together as"),
        help=gettext_lazy("json: one document with the whole list. lines: one after the other."),
    )
    items_path: str = setting(
        "",
        title=gettext_lazy("List in a page"),
        help=gettext_lazy("Such as data.items. Empty: the page is the list itself."),
        max_length=200,
        pattern=r"^\S*$",
    )
    next_path: str = setting(
        "",
        title=gettext_lazy("Next page"),
        help=gettext_lazy("Where in a page the next one’s address or mark is."),
        max_length=200,
        pattern=r"^\S*$",
    )
    total_path: str = setting(
        "",
        title=gettext_lazy("Number of all items"),
        help=gettext_lazy("Where in a page it is said. Fewer in the end than that is an error."),
        max_length=200,
        pattern=r"^\S*$",
    )
    parameter: str = setting(
        "",
        title=gettext_lazy("Parameter"),
        help=gettext_lazy("Under which name mark, page or offset are sent."),
        max_length=100,
        pattern=r"^\S*$",
    )
    repeat: str = setting(
        "",
        title=gettext_lazy("Name of an item"),
        help=gettext_lazy(
            "Such as id, with offset: the last item of a page is asked for again, so that none is missed when "
            "others leave."
        ),
        max_length=100,
        pattern=r"^\S*$",
    )
    first_page: int = setting(1, title=gettext_lazy("Number of the first page"), ge=0, le=1)
    header_lines: int = setting(
        0,
        title=gettext_lazy("Header lines"),
        help=gettext_lazy("Left out of all pages of lines but the first."),
        ge=0,
        le=100,
    )

    max_pages: int = setting(100, title=gettext_lazy("Most pages"), ge=1, le=10_000)
    max_megabytes: int = setting(
        64, title=gettext_lazy("Most megabytes"), help=gettext_lazy("Of the whole fetch."), ge=1, le=1024
    )
    max_seconds: int = setting(
        30,
        title=gettext_lazy("Most seconds"),
        help=gettext_lazy("Of the whole fetch, tries and pages together."),
        ge=1,
        le=300,
    )

    order: Literal["time", "name"] = setting(
        "time",
        title=gettext_lazy("Order of files"),
        help=gettext_lazy("In a folder: by the time of a file, or by its name."),
    )

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
