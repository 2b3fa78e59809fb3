"""Names of entries that stay the same from one seeding of the demo to the next, unlike their numbers.

- `/news/lift-c/`: a page or a person, by address, whichever entry leads there;
- `post:<key>`, `comment:page:<slug>/<n>`, `comment:post:<key>/<n>`: what somebody said, by its key in the demo's files;
- `kpi:<title>`, `task:<title>`, `shift:<pattern>`: what came from another system, by type and title; `*` stands for
  anything, since rosters have other dates every week.
"""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase

from demo.load import load_demo
from portal.catalogue.models import Entry
from portal.people.models import Person

_TALK = ("post:", "comment:")


class NotThere(LookupError):
    """A name that means nothing the person may see."""


class Names:
    """Entries by name, as one person sees them."""

    def __init__(self, texts: dict[str, str], username: str) -> None:
        self._texts = texts
        self._username = username
        self.person = Person.objects.get(username=username)
        visible = Entry.objects.visible_to(self.person)
        self._entries = list(visible.order_by("pk").values_list("pk", "type", "title", "url"))
        self._urls = {pk: url for pk, _type, _title, url in self._entries}
        self._first: dict[str, int] = {}
        for pk, url in self._urls.items():
            self._first.setdefault(url, pk)
        talk = visible.filter(kind=Entry.Kind.USER).exclude(type="person")
        self._talk = {body.strip(): pk for pk, body in talk.values_list("pk", "body")}

    def entries(self, name: str) -> list[int]:
        """The entries of that name, at least one. Raises NotThere."""
        found = list(self._found(name))
        if not found:
            raise NotThere(f"{name} is not there, or {self._username} may not see it")
        return found

    def _found(self, name: str) -> Iterable[int]:
        if name.startswith(_TALK):
            text = self._texts.get(name, "")
            return [self._talk[text]] if text in self._talk else []
        if name.startswith("/"):
            return [self._first[name]] if name in self._first else []
        wanted, _colon, pattern = name.partition(":")
        return [pk for pk, type_, title, _url in self._entries if type_ == wanted and _like(title, pattern)]

    def once(self, found: Iterable[int]) -> list[int]:
        """The entries found, with 0 for what leads to the same address as one before: there is nothing new to read."""
        seen: set[str] = set()
        kept = []
        for entry in found:
            url = self._urls.get(entry, str(entry))
            kept.append(0 if url in seen else self._first.get(url, entry))
            seen.add(url)
        return kept

    def visible(self) -> frozenset[int]:
        return frozenset(pk for pk, *_rest in self._entries)


def _like(title: str, pattern: str) -> bool:
    return fnmatchcase(title, pattern.replace("[", "[[]").replace("?", "[?]"))


def talk() -> dict[str, str]:
    """The text of each post and comment of the demo by name."""
    demo = load_demo()
    texts = {f"post:{key}": post.text.strip() for key, post in demo.posts.items()}
    return texts | {f"comment:{comment.key}": comment.text.strip() for comment in demo.comments}
