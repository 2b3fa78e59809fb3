"""Entries, hits, comments and messages of the style guide: each state that changes how they look."""

import datetime as dt
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from django.utils import timezone
from django.utils.safestring import SafeString

from portal.host.plugin import EntryType, QuickAnswer
from portal.ingestion.freshness import Freshness
from portal.styleguide.instruments import POINTS
from portal.styleguide.people import DEPARTMENTS, PEOPLE, Department, Person

TYPES = {
    "news": EntryType("news", "News", "news", "managed"),
    "process": EntryType("process", "Process", "steps", "managed"),
    "blog": EntryType("blog", "Blog", "edit", "managed"),
    "post": EntryType("post", "Post", "chat", "user"),
    "question": EntryType("question", "Question", "question", "user"),
    "kpi": EntryType("kpi", "Key figure", "chart", "automated"),
    "shift": EntryType("shift", "Roster", "calendar", "automated"),
    "task": EntryType("task", "Task", "task", "automated"),
}


@dataclass
class Sample:
    """An entry as the components draw it, never stored."""

    type: str
    title: str
    summary: str = ""
    author: Person | None = None
    department: Department = DEPARTMENTS["communications"]
    hours_ago: int = 1
    language: str = ""
    topic_names: tuple[str, ...] = ()
    facets: dict[str, Any] = field(default_factory=dict)
    image: str = ""
    url: str = "#"

    @property
    def entry_type(self) -> EntryType:
        return TYPES[self.type]

    @property
    def kind(self) -> str:
        return self.entry_type.kind

    @property
    def freshness(self) -> Freshness | None:
        if "source" not in self.facets:
            return None
        read_at = dt.datetime.fromisoformat(self.facets["read_at"])
        return Freshness(self.facets["source"], read_at, timezone.now() - read_at > dt.timedelta(days=1))

    @property
    def published_at(self) -> dt.datetime:
        return timezone.now() - dt.timedelta(hours=self.hours_ago)


WINTER = Sample(
    "news",
    "Sixty more beds by January, and who will staff them",
    "Every site opens a flexible ward. The first rosters come out on 1 December; nobody is moved without being asked.",
    topic_names=("winter plan",),
    hours_ago=2,
)
SEPSIS = Sample(
    "process",
    "New first-hour sepsis bundle applies from Monday",
    "One sheet replaces four. What changes for triage, ambulance and the wards.",
    department=DEPARTMENTS["infections"],
    facets={"must_read": True},
    hours_ago=30,
)
LIFT = Sample(
    "news",
    "Lift C in Rostock runs again; beds return to their usual route",
    "The test period ends on Friday. Until then a porter stands by between 07:00 and 19:00.",
    department=DEPARTMENTS["facilities"],
    topic_names=("patient transport",),
)
BLOG = Sample(
    "blog",
    "Tack för svaren: så blev vinterschemat",
    "Vi läste alla era svar. Tre saker ändras direkt, två prövar vi i januari, och en säger vi nej till.",
    author=PEOPLE["ingrid"],
    department=DEPARTMENTS["nursing"],
    language="sv",
    hours_ago=26,
)
QUESTION = Sample(
    "question",
    "Kas keegi teab, kus on varu-infusioonipumbad?",
    "Kas keegi teab, kus on varu-infusioonipumbad? Kolmanda korruse laos on ainult kaks, mõlemad laadimata.",
    author=PEOPLE["maret"],
    department=DEPARTMENTS["emergency"],
    language="et",
)
POST = Sample(
    "post",
    "Small thing that saved us ten minutes last night",
    "Small thing that saved us ten minutes last night: print the transfer sheet before the helicopter lands, "
    "not after. "
    "The printer by bay 2 wakes up slowly.",
    author=PEOPLE["jonas"],
    department=DEPARTMENTS["emergency"],
    topic_names=("helicopter", "patient transport"),
    hours_ago=20,
)
GONE = Sample("post", "Thank you for nine good years.", "Thank you for nine good years.", hours_ago=24 * 400)


def _beds() -> Sample:
    return Sample(
        "kpi",
        "Occupied beds, Pärnu: above the 92 % limit for six days",
        department=DEPARTMENTS["emergency"],
        facets={
            "value": 94,
            "unit": "%",
            "state": "bad",
            "state_text": "Above limit",
            "points": POINTS["beds"],
            "band": (78, 92),
            "source": "bed-board",
            "read_at": timezone.now().isoformat(),
        },
    )


def _shift() -> Sample:
    return Sample(
        "shift",
        "Saturday 28: your shift moved from day to night",
        "07–15 becomes 21–07. Ask Maret Tamm if that does not fit.",
        department=DEPARTMENTS["emergency"],
        facets={"source": "rota", "read_at": timezone.now().isoformat()},
        hours_ago=3,
    )


def _item(entry: Sample, why: str, actor: Person | None = None, verb: str = "publish") -> SimpleNamespace:
    return SimpleNamespace(entry=entry, why=why, actor=actor, verb=verb)


def _hit(entry: Sample, title: str = "", snippet: str = "") -> SimpleNamespace:
    return SimpleNamespace(entry=entry, title_html=SafeString(title), snippet_html=SafeString(snippet))


def _hits() -> list[SimpleNamespace]:
    return [
        _hit(
            SEPSIS,
            "New first-hour <mark>sepsis</mark> bundle applies from Monday",
            "One sheet replaces four. What changes for triage, ambulance and the wards, and why lactate now "
            "comes before the second pressure reading of the <mark>sepsis</mark> protocol.",
        ),
        _hit(QUESTION, "", "Kolmanda korruse laos on ainult kaks <mark>pumpa</mark> ja mõlemad on laadimata."),
        _hit(_beds(), "Occupied <mark>beds</mark>, Pärnu"),
    ]


def _facets() -> list[dict[str, Any]]:
    return [
        {
            "name": "type",
            "label": "Type",
            "options": [
                {"value": "news", "label": "News", "count": 14, "chosen": True},
                {"value": "process", "label": "Process", "count": 9, "chosen": False},
            ],
        },
        {
            "name": "language",
            "label": "Language",
            "options": [
                {"value": "en", "label": "English", "count": 18, "chosen": False},
                {"value": "et", "label": "Estonian", "count": 5, "chosen": False},
            ],
        },
    ]


def _comments() -> list[dict[str, Any]]:
    now = timezone.now()
    return [
        {
            "id": "sample-1",
            "person": PEOPLE["jonas"],
            "moment": now,
            "url": "#sample-1",
            "html": SafeString("<p>Who decides when the flexible ward opens at night?</p>"),
        },
        {
            "id": "sample-2",
            "person": PEOPLE["ingrid"],
            "moment": now,
            "is_author": True,
            "edited": True,
            "html": SafeString("<p>The bed coordinator on call, never the ward. Thank you for catching it.</p>"),
        },
        {
            "id": "sample-3",
            "person": PEOPLE["maret"],
            "moment": now,
            "language": "et",
            "html": SafeString("<p>Aitäh, see oligi segane. Öises vahetuses helistame siis 5522.</p>"),
        },
    ]


def _pages() -> list[dict[str, Any]]:
    return [
        {"number": 1, "url": "#pages", "current": False},
        {"number": 2, "url": "#pages", "current": True},
        {"number": 3, "url": "#pages", "current": False},
        {"number": None},
        {"number": 20, "url": "#pages", "current": False},
    ]


def _sources() -> list[Freshness]:
    now = timezone.now()
    return [
        Freshness("rota", now - dt.timedelta(minutes=4), stale=False),
        Freshness("learning", now - dt.timedelta(days=3), stale=True),
        Freshness("bed board", now - dt.timedelta(minutes=9), stale=False, missing_since=now),
    ]


def context() -> dict[str, Any]:
    """What the sections on lists, search and reading show."""
    return {
        "items": [
            _item(QUESTION, "Your department"),
            _item(LIFT, "For everyone in Rostock"),
            _item(_beds(), "Key figure of your department"),
            _item(BLOG, "For all nurses", verb="update"),
            _item(POST, ""),
            _item(_shift(), "It concerns you"),
            _item(GONE, ""),
        ],
        "trio": [_item(QUESTION, "Your department"), _item(LIFT, ""), _item(_beds(), "")],
        "stories": [WINTER, SEPSIS, LIFT, BLOG],
        "hits": _hits(),
        "facets": _facets(),
        "comments": _comments(),
        "pages": _pages(),
        "sources": _sources(),
        "crumbs": [
            {"label": "Merekaar", "url": "/departments/"},
            {"label": "Pärnu", "url": "/departments/"},
            {"label": "Emergency", "url": ""},
        ],
        "tabs": [
            {"label": "All", "url": "#tabs", "count": 32, "current": True},
            {"label": "Pages", "url": "#tabs", "count": 14, "current": False},
            {"label": "People", "url": "#tabs", "count": 6, "current": False},
        ],
        "chips": [
            {"label": "All", "url": "#chips", "current": True},
            {"label": "News", "url": "#chips", "current": False},
            {"label": "From people", "url": "#chips", "current": False},
        ],
        "menu_items": [
            {"label": "Edit", "url": "#menu", "icon": "edit"},
            {"label": "Copy the link", "url": "#menu", "icon": "link"},
            {"label": "Remove", "url": "#menu", "icon": "trash", "danger": True},
        ],
        "messages_shown": [
            {"level_tag": "success", "message": "Posted to Emergency, Pärnu."},
            {"level_tag": "warning", "message": "The roster of next week is not final yet."},
            {"level_tag": "error", "message": "The figure could not be stored. Your text is still here."},
            {"level_tag": "info", "message": "You see this page as Maret Tamm sees it."},
        ],
        "answers": [
            QuickAnswer("Phone of Helena Sild", "5522", "#sg-search", "Head of Emergency", "phone", "tel:5522"),
            QuickAnswer(
                "Door to doctor",
                "34 min",
                "#sg-search",
                icon="chart",
                source="Emergency department log",
                read_at=timezone.now(),
                state="warn",
                state_text="4 min over target",
            ),
        ],
        "topic_names": ["winter plan", "patient transport"],
        "crumbs_text": ["Emergency, Pärnu", "edited"],
        "section_html": SafeString("<p>Whatever a plugin draws stands here, in the look of the page.</p>"),
        "now": timezone.now(),
        "yesterday": timezone.now() - dt.timedelta(days=1),
        "last_year": timezone.now() - dt.timedelta(days=400),
    }
