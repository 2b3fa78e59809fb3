"""Managed pages of the demo organisation: Markdown-like files with front matter, read into blocks.

A body has these blocks; all but headings end with a blank line. Text inside is simple HTML (<b>, <i>, <a>),
and a link to another page of the demo is written <a href="page:its-slug">:

    ## Heading                      heading    {"text"}
    Any other text                  paragraph  {"text"}
    - item / 1. item                list       {"items", "ordered"}
    > words, then > — who           quote      {"text", "by"}
    ! note                          callout    {"text", "tone": "note"}
    !! warning                      callout    {"text", "tone": "warning"}
    [picture: seed | caption]       image      {"picture", "caption"}
    [document: file name | label]   document   {"name", "label"}
"""

from __future__ import annotations

import re
from collections.abc import Container
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from demo.organisation import Organisation
from demo.people import Person
from demo.sources import DATA, MINUTES_A_DAY, DemoDataError, Moment

TYPES = ("news", "process", "facility")
LANGUAGES = ("en", "et", "sv", "nl", "de")
PAGE_LINK = re.compile(r'href="page:([^"]+)"')
ORDERED = re.compile(r"\d+\. ")
FRONT_MATTER = re.compile(r"---\n(.*?)\n---\n(.*)", re.DOTALL)
REQUIRED = {
    "type",
    "lang",
    "title",
    "kicker",
    "summary",
    "topics",
    "department",
    "author",
    "published",
    "picture",
}
OPTIONAL = {"owner", "successor", "expires", "review", "must_read", "audience", "translation_key", "code"}
OF_A_FACILITY = {"place", "opening_hours", "phone"}


@dataclass(frozen=True)
class AudienceSpec:
    """Tokens: everyone, department:<url_path>, department-only:<url_path>, role:<slug>, location:<slug>."""

    all: tuple[tuple[str, ...], ...]
    none: tuple[str, ...]

    @property
    def is_everyone(self) -> bool:
        """Whether nobody is left out."""
        return self == EVERYONE


EVERYONE = AudienceSpec(all=(("everyone",),), none=())


@dataclass(frozen=True)
class Block:
    """One piece of a page's body; `type` is heading, paragraph, list, quote, callout, image or document."""

    type: str
    value: dict[str, Any]


@dataclass(frozen=True)
class Page:
    """People are user names, departments url_paths. Days are counted from the newest day of the demo."""

    slug: str
    type: str
    language: str
    translation_key: str
    title: str
    kicker: str
    summary: str
    topics: tuple[str, ...]
    department: str
    author: str
    owner: str
    successor: str
    audience: AudienceSpec
    published: Moment
    expires: Moment | None
    review: Moment | None
    must_read: bool
    picture: str
    hue: int
    code: str
    place: str
    opening_hours: str
    phone: str
    body: tuple[Block, ...]

    @property
    def documents(self) -> tuple[str, ...]:
        """File names of the documents that this one shows."""
        return tuple(block.value["name"] for block in self.body if block.type == "document")

    @property
    def links(self) -> tuple[str, ...]:
        """Slugs of the pages that this one links to."""
        return tuple(slug for block in self.body for slug in PAGE_LINK.findall(str(block.value)))


def _block(text: str) -> Block:
    lines = text.splitlines()
    if text.startswith("## "):
        return Block("heading", {"text": text[3:]})
    if text.startswith("[picture: "):
        picture, _, caption = text[len("[picture: ") : -1].partition(" | ")
        return Block("image", {"picture": picture, "caption": caption})
    if text.startswith("[document: "):
        name, _, label = text[len("[document: ") : -1].partition(" | ")
        return Block("document", {"name": name, "label": label})
    if text.startswith(">"):
        words = [line[1:].strip() for line in lines]
        by = words.pop().removeprefix("— ") if words[-1].startswith("— ") else ""
        return Block("quote", {"text": " ".join(words), "by": by})
    if text.startswith("!"):
        tone = "warning" if text.startswith("!!") else "note"
        return Block("callout", {"text": text.lstrip("!").strip(), "tone": tone})
    if text.startswith("- "):
        return Block("list", {"items": [line[2:] for line in lines], "ordered": False})
    if ORDERED.match(text):
        return Block("list", {"items": [ORDERED.sub("", line, count=1) for line in lines], "ordered": True})
    return Block("paragraph", {"text": " ".join(lines)})


def read_body(text: str) -> tuple[Block, ...]:
    """The blocks of a page's body."""
    apart = re.sub(r"^(## .*)$", r"\1\n", text, flags=re.MULTILINE)
    return tuple(_block(part.strip()) for part in re.split(r"\n\s*\n", apart) if part.strip())


def read_audience(data: dict[str, Any] | None) -> AudienceSpec:
    """An audience as written in front matter: {any: [...]}, or {all: [[...], [...]], none: [...]}."""
    if not data:
        return EVERYONE
    groups = [data["any"]] if "any" in data else data.get("all", [["everyone"]])
    return AudienceSpec(tuple(tuple(group) for group in groups), tuple(data.get("none", ())))


def check_audience(audience: AudienceSpec, organisation: Organisation, where: str) -> None:
    """Complain about a token whose department, role or location does not exist."""
    known = {
        "department": set(organisation.departments),
        "department-only": set(organisation.departments),
        "role": set(organisation.roles),
        "location": set(organisation.locations),
    }
    for word in [word for group in (*audience.all, audience.none) for word in group]:
        kind, _, name = word.partition(":")
        if word != "everyone" and name not in known.get(kind, ()):
            raise DemoDataError(f"{where}: the audience token {word!r} names nothing")


def _days_ahead(text: str | None) -> Moment | None:
    if text is None:
        return None
    return Moment(int(text.removesuffix("d")) * MINUTES_A_DAY)


def read_page(path: Path, organisation: Organisation, people: dict[str, Person]) -> Page:
    """Read and check one page."""
    match = FRONT_MATTER.fullmatch(path.read_text(encoding="utf-8"))
    if match is None:
        raise DemoDataError(f"{path.name}: no front matter between two lines of ---")
    head = yaml.safe_load(match[1])
    allowed = REQUIRED | OPTIONAL | (OF_A_FACILITY if head.get("type") == "facility" else set())
    if wrong := (REQUIRED - set(head)) | (set(head) - allowed):
        raise DemoDataError(f"{path.name}: missing or unknown fields {sorted(wrong)}")
    try:
        author, owner, successor = (
            people[key].username if key else ""
            for key in (head["author"], head.get("owner", head["author"]), head.get("successor"))
        )
        department = organisation.departments[head["department"]]
    except KeyError as error:
        raise DemoDataError(f"{path.name}: {error} does not exist") from None
    if head["type"] not in TYPES or head["lang"] not in LANGUAGES:
        raise DemoDataError(f"{path.name}: type is one of {TYPES}, lang one of {LANGUAGES}")
    audience = read_audience(head.get("audience"))
    check_audience(audience, organisation, path.name)
    return Page(
        slug=path.stem,
        type=head["type"],
        language=head["lang"],
        translation_key=head.get("translation_key", path.stem),
        title=head["title"],
        kicker=head["kicker"],
        summary=head["summary"],
        topics=tuple(head["topics"]),
        department=department.url_path,
        author=author,
        owner=owner,
        successor=successor,
        audience=audience,
        published=Moment.parse(head["published"]),
        expires=_days_ahead(head.get("expires")),
        review=_days_ahead(head.get("review")),
        must_read=head.get("must_read", False),
        picture=head["picture"],
        hue=department.hue,
        code=head.get("code", ""),
        place=head.get("place", ""),
        opening_hours=head.get("opening_hours", "").strip(),
        phone=head.get("phone", ""),
        body=read_body(match[2]),
    )


def load_pages(organisation: Organisation, people: dict[str, Person], documents: Container[str]) -> dict[str, Page]:
    """All pages by slug, oldest first; links, translation keys and documents lead to what exists."""
    pages = [read_page(path, organisation, people) for path in (DATA / "pages").glob("*.md")]
    pages.sort(key=lambda page: (page.published, page.slug))
    by_slug = {page.slug: page for page in pages}
    for page in pages:
        for slug in (*page.links, page.translation_key):
            if slug not in by_slug:
                raise DemoDataError(f"{page.slug}.md: there is no page {slug!r}")
        for name in page.documents:
            if name not in documents:
                raise DemoDataError(f"{page.slug}.md: there is no document {name!r}")
    return by_slug
