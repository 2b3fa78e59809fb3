"""As you type: people, pages, topics, posts and figures the person may see, and the person's own recent searches.

Below what begins as it is typed stands what begins almost so, as a group of its own: nobody has to know how a name is
spelt, and nobody takes one spelling for another.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.db.models import Exists, OuterRef, Value
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from portal.catalogue.models import Entry, Topic
from portal.languages import interface_language
from portal.people.cards import TYPE as PERSON
from search import engines
from search.beginnings import Beginnings, Begun, Group, beginnings_of, begins
from search.conf import LANGUAGES
from search.engines.base import EngineDown
from search.highlight import Marker
from search.recent import recent_searches
from search.sending import sent_url
from search.terms import clean

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from portal.people.models import Person

logger = logging.getLogger(__name__)

RECENT, TOPICS, SIMILAR = "recent", "topics", "similar"
LABELS = {
    RECENT: _("Your recent searches"),
    "people": _("People"),
    "pages": _("News and pages"),
    TOPICS: _("Topics"),
    "posts": _("From people"),
    "figures": _("From systems"),
    SIMILAR: _("Did you mean"),
}
SHOWN = {RECENT: 3, "people": 4, "pages": 4, TOPICS: 3, "posts": 2, "figures": 2, SIMILAR: 2}
MOST = 8  # lines in all: what is looked over at once
_RECENT_ALONE = 6  # where nothing is typed yet
_SIMILAR_ALONE = 4  # where nothing begins as it is typed
# A page that is written in all languages takes one place.
GROUPS = (
    Group("people", SHOWN["people"], types=(PERSON.slug,), everywhere=True),
    Group("pages", SHOWN["pages"] * len(LANGUAGES), kind="managed"),
    Group("posts", SHOWN["posts"], kind="user", without=(PERSON.slug,)),
    Group("figures", SHOWN["figures"], kind="automated"),
)


@dataclass(frozen=True)
class Suggestion:
    """One line of the list. `html` is `text` with what was typed marked, safe; `recent` numbers an own search."""

    text: str
    url: str
    html: SafeString
    icon: str
    detail: str = ""
    language: str = ""
    entry: Entry | None = None
    recent: int | None = None


@dataclass(frozen=True)
class SuggestionGroup:
    name: str
    items: list[Suggestion]

    @property
    def label(self) -> str:
        return str(LABELS[self.name])

    @property
    def is_similar(self) -> bool:
        """Whether these are spelt otherwise than what is typed."""
        return self.name == SIMILAR


@dataclass(frozen=True)
class Suggestions:
    """`groups` that have something in them, in their order; `limited`: the simpler engine answered."""

    q: str
    groups: list[SuggestionGroup] = field(default_factory=list)
    engine: str = ""
    limited: bool = False

    @property
    def count(self) -> int:
        return sum(len(group.items) for group in self.groups)

    @property
    def only_similar(self) -> bool:
        """Whether nothing begins as it is typed."""
        return bool(self.groups) and all(group.is_similar for group in self.groups)


def suggest(person: Person | AnonymousUser, text: object) -> Suggestions:
    """What the person may mean; nothing typed gives recent searches only.

    At most 3 queries to the database; 4 where it is the engine and nothing begins as it is typed.
    """
    asked = Beginnings(person, clean(text), beginnings_of(text), GROUPS, topics=SHOWN[TOPICS], forgiving=True)
    begun, engine, limited = _ask(asked) if asked.words else (Begun(), "", False)
    entries = readable(person, begun)
    names = _names(asked, begun)
    marker = Marker(asked.query)
    items = {name: [_of_entry(entry, marker) for entry in found] for name, found in entries.items()}
    items[RECENT] = [_of_recent(pk, text, marker) for name, pk, text in names if name == RECENT]
    items[TOPICS] = [_of_topic(slug, text, marker) for name, slug, text in names if name == TOPICS]
    most = SHOWN if asked.words else {RECENT: _RECENT_ALONE}
    if not any(found for name, found in entries.items() if name != SIMILAR):
        most = most | {SIMILAR: _SIMILAR_ALONE}
    groups = [SuggestionGroup(name, items[name][: most[name]]) for name in LABELS if items.get(name)]
    return Suggestions(asked.text, _shared(groups), engine, limited)


def _shared(groups: Sequence[SuggestionGroup]) -> list[SuggestionGroup]:
    """MOST lines of all: the first of each group in their order, then the second of each, and so on."""
    places = [(place, group.name) for group in groups for place in range(len(group.items))]
    rounds = sorted(places, key=lambda one: one[0])[:MOST]
    room = Counter(name for _place, name in rounds)
    return [SuggestionGroup(group.name, group.items[: room[group.name]]) for group in groups if room[group.name]]


def named(person: Person | AnonymousUser, text: str, types: Sequence[str], most: int) -> list[Entry]:
    """Entries of these types in whose titles all the words begin, the best first. One request, two queries."""
    group = Group("named", most * len(LANGUAGES), types=tuple(types))
    asked = Beginnings(person, clean(text), beginnings_of(text), (group,))
    if not asked.words:
        return []
    return readable(person, _ask(asked)[0]).get("named", [])[:most]


def _ask(asked: Beginnings) -> tuple[Begun, str, bool]:
    """The answer, whose it is, and whether it is another engine's than it should be."""
    preferred = engines.elasticsearch_engine()
    if preferred is not None:
        try:
            return preferred.suggest(asked), preferred.name, False
        except EngineDown as down:
            logger.info("suggestions fall back to the database: %s", down)
    database = engines.database_engine()
    return database.suggest(asked), database.name, preferred is not None


def readable(person: Person | AnonymousUser, begun: Begun) -> dict[str, list[Entry]]:
    """Read through the rule of visibility, so that an index that lags cannot show what it should not."""
    groups = {**begun.entries, SIMILAR: begun.similar}
    ids = {pk for found in groups.values() for pk in found}
    if not ids:
        return {}
    known = {entry.pk: entry for entry in Entry.objects.visible_to(person).filter(pk__in=ids).for_cards()}
    return {name: _once([known[pk] for pk in found if pk in known]) for name, found in groups.items()}


def _once(entries: Iterable[Entry]) -> list[Entry]:
    """Of the translations of one page the reader's language, else the best match, at the place of the best."""
    mine = interface_language()
    found: dict[str, Entry] = {}
    for entry in entries:
        key = f"{entry.label}:{entry.translation_key}" if entry.translation_key else str(entry.pk)
        if key not in found or (entry.language == mine != found[key].language):
            found[key] = entry
    return list(found.values())


def _names(asked: Beginnings, begun: Begun) -> list[tuple[str, Any, str]]:
    """(RECENT, number, text) and (TOPICS, slug, name), each in order; one query.

    Topics too are asked for through what the person may see now, and are compared with all that is typed.
    """
    seen = Entry.objects.visible_to(asked.person).filter(entry_topics__topic=OuterRef("pk"))
    topics = Topic.objects.filter(Exists(seen), slug__in=list(begun.topics)).order_by()
    recent: Any = recent_searches(asked.person).order_by()
    columns = recent.values_list(Value(RECENT), "pk", "text", "key")
    slugs = topics.values_list(Value(TOPICS), Value(0), "name", "slug")
    rows = list(columns.union(slugs, all=True))
    own = sorted((row for row in rows if row[0] == RECENT), key=lambda row: -row[1])
    found: list[tuple[str, Any, str]] = [
        (RECENT, pk, text) for _name, pk, text, _key in own if text != asked.text and begins(asked.words, text)
    ]
    by_slug = {slug: name for kind, _pk, name, slug in rows if kind == TOPICS}
    return found + [
        (TOPICS, slug, by_slug[slug])
        for slug in begun.topics
        if slug in by_slug and begins(asked.words, slug.replace("_", "-"))
    ]


def _of_entry(entry: Entry, marker: Marker) -> Suggestion:
    text = entry.title or entry.summary[:120]
    return Suggestion(
        text, entry.url, marker.mark(text, entry.language), entry.entry_type.icon, _detail(entry), entry.language, entry
    )


def _detail(entry: Entry) -> str:
    """What tells it from others of its name."""
    if entry.type == PERSON.slug:
        return str(entry.summary)
    if entry.kind == Entry.Kind.AUTOMATED and entry.facets.get("value") is not None:
        return f"{entry.facets['value']} {entry.facets.get('unit', '')}".strip()
    if entry.kind == Entry.Kind.USER and entry.author:
        return str(entry.author.display_name)
    occasion = entry.occasion
    return occasion.short if occasion else str(entry.entry_type.label)


def _of_recent(pk: int, text: str, marker: Marker) -> Suggestion:
    return Suggestion(text, sent_url(text), marker.mark(text, ""), "history", recent=pk)


def _of_topic(slug: str, name: str, marker: Marker) -> Suggestion:
    return Suggestion(name, reverse("topic", args=[slug]), marker.mark(name, ""), "bookmark")
