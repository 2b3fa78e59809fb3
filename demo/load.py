"""Everything the demo organisation consists of, read and checked in one call."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from importlib import import_module
from pathlib import Path
from typing import Protocol, cast

from demo.documents import Document, load_documents
from demo.organisation import Organisation, load_organisation
from demo.pages import Page, load_pages
from demo.people import Person, load_people
from demo.sources import PLUGINS, plugin_files
from demo.talk import Comment, Post, load_comments, load_posts, load_skills


@dataclass(frozen=True)
class Demo:
    """The whole demo. `people` is by key (firstname.lastname); everywhere else people are user names."""

    organisation: Organisation
    people: dict[str, Person]
    documents: dict[str, Document]
    pages: dict[str, Page]
    posts: dict[str, Post]
    comments: list[Comment]
    skills: dict[str, tuple[str, ...]]


class Feed(Protocol):
    """The module feed.py in a plugin's demo folder: it writes what another system would deliver."""

    def write(self, folder: Path, today: date) -> list[Path]:
        """Write files as they would be on that day and return them; the same day gives the same bytes."""


def load_demo() -> Demo:
    """Read all data files; raises DemoDataError when they contradict each other."""
    organisation = load_organisation()
    people = load_people(organisation)
    documents = load_documents(people)
    pages = load_pages(organisation, people, documents)
    posts = load_posts(organisation, people)
    comments, skills = load_comments(people, pages, posts), load_skills(people)
    return Demo(organisation, people, documents, pages, posts, comments, skills)


def feeds() -> Iterator[tuple[str, Feed]]:
    """Slug and writer of each plugin that brings a feed."""
    for path in plugin_files("feed.py"):
        slug = path.relative_to(PLUGINS).parts[0]
        yield slug, cast(Feed, import_module(f"plugins.{slug}.demo.feed"))


def write_feeds(folder: Path, today: date) -> dict[str, list[Path]]:
    """Write every plugin's feed below the folder, each into a folder named after its slug."""
    written: dict[str, list[Path]] = {}
    for slug, feed in feeds():
        target = folder / slug
        target.mkdir(parents=True, exist_ok=True)
        written[slug] = feed.write(target, today)
    return written
