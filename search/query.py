"""What is asked of search and what it answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from search.conf import DEEPEST, PAGE_SIZE

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from portal.catalogue.models import Entry
    from portal.people.models import Person


_LABELS = {"page": _("page %(number)d"), "sheet": _("sheet %(number)d"), "slide": _("slide %(number)d")}
FACETS = ("kind", "type", "plugin", "department", "author", "topic", "language", "time")
TIMES = {"day": 1, "week": 7, "month": 30, "year": 365}  # name -> the last so many days


class TooDeep(ValueError):
    """A page beyond the results that can be paged through."""


@dataclass(frozen=True)
class SearchRequest:
    """One page of results for one person.

    `kind` is a kind or "" for all; `type` one or several types separated by commas; `department` the path of a
    department (what is below it included), `topic` a topic's slug, `language` its short code, `time` one of TIMES.
    `as_written`: similar words are not tried.
    """

    person: Person | AnonymousUser
    q: str
    kind: str = ""
    type: str = ""
    plugin: str = ""
    department: str = ""
    author_id: int | None = None
    topic: str = ""
    language: str = ""
    time: str = ""
    page: int = 1
    size: int = PAGE_SIZE
    as_written: bool = False

    def __post_init__(self) -> None:
        if self.page < 1 or not 1 <= self.size <= 100:
            raise ValueError("Pages begin at 1 and hold 1 to 100 results.")
        if self.page * self.size > DEEPEST:
            raise TooDeep(f"Only the first {DEEPEST} results can be paged through.")

    @property
    def types(self) -> tuple[str, ...]:
        return tuple(sorted({name.strip() for name in self.type.split(",") if name.strip()}))

    @property
    def is_plain(self) -> bool:
        """Nothing but words is asked for."""
        return not (
            self.kind or self.type or self.plugin or self.department or self.author_id or self.topic or self.language
            or self.time
        )  # fmt: skip

    @property
    def offset(self) -> int:
        return (self.page - 1) * self.size


@dataclass(frozen=True)
class Part:
    """One number of an explanation, and what it stands for in words."""

    text: str
    number: float


@dataclass(frozen=True)
class Explanation:
    """`score` is the sum of `sums` times all `factors`, but for rounding."""

    sums: list[Part]
    factors: list[Part]
    score: float

    def __str__(self) -> str:
        words = " + ".join(f"{part.number:.2f} {part.text}" for part in self.sums)
        return f"{self.score:.2f} = ({words})" + "".join(f" × {p.number:g} {p.text}" for p in self.factors)


@dataclass(frozen=True)
class Hit:
    """An entry that was found, with what was sought marked; both texts are safe HTML.

    `page`: on which page of it, or sheet or slide, from 1; 0 where there are none or it is in the title alone.
    """

    entry: Entry
    title_html: SafeString
    snippet_html: SafeString
    score: float
    explanation: Explanation | None = None
    page: int = 0

    @property
    def url(self) -> str:
        """Where it leads; of a PDF to the very page (RFC 8118, section 3)."""
        if self.page and self.entry.facets.get("format") == "pdf":
            return f"{self.entry.url}#page={self.page}"
        return self.entry.url

    @property
    def page_label(self) -> str:
        """ "page 3"; empty of what has one page only, or none."""
        if not self.page or self.entry.facets.get("pages") in (0, 1):
            return ""
        return _LABELS.get(self.entry.facets.get("page_unit"), _LABELS["page"]) % {"number": self.page}


Facets = Mapping[str, Mapping[str, int]]


@dataclass(frozen=True)
class SearchResult:
    """`facets`: of each facet value -> matches. `similar`: these have similar words only; `suggestion`: what may have
    been meant then, in words of what was found.

    `promoted`: what editors put above the first page, and which is not among its `hits` again; counts are of matches
    alone. `limited`: the simpler engine answered, or the index is behind, for the `reason` given.
    """

    hits: list[Hit] = field(default_factory=list)
    promoted: list[Hit] = field(default_factory=list)
    count: int = 0
    count_exact: bool = True
    facets: Facets = field(default_factory=lambda: {name: {} for name in FACETS})
    engine: str = ""
    similar: bool = False
    suggestion: str = ""
    limited: bool = False
    reason: str = ""
    took_ms: int = 0
