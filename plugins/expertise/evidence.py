"""Evidence that somebody knows about a topic: what it weighs, and how it is said.

    score = skill + pages + posts + answers + comments

    skill      1.5 if declared by just this name, 1.0 if the name only overlaps with what is asked
    each other sort: the sum of weight x 0.5 ^ (age / half-life) over its items, but at most its cap

    sort       weight   half-life   cap
    pages      1.5      2 years     4.5    pages the person owns
    posts      1.0      1 year      4.0    what they wrote themselves, questions excepted
    answers    1.0      1 year      4.0    comments on somebody's question
    comments   0.5      1 year      2.0    other comments

The score orders people and is never shown; readers see five steps and the evidence itself. Only entries that
the asking person may see are ever handed in, so neither the order nor the strength can tell about others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.utils import formats, timezone
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from portal.catalogue.models import Entry

DECLARED, OVERLAPS = 1.5, 1.0
NAMED_PAGES = 2
STEPS = (6.0, 4.0, 2.5, 1.2)  # from here 5, 4, 3, 2; below 1


@dataclass(frozen=True)
class Sort:
    weight: float
    half_life: float  # days
    cap: float


SORTS = {
    "page": Sort(1.5, 730, 4.5),
    "post": Sort(1.0, 365, 4.0),
    "answer": Sort(1.0, 365, 4.0),
    "comment": Sort(0.5, 365, 2.0),
}


@dataclass(frozen=True)
class Evidence:
    """One piece, in words. `kind` is skill, page, post, answer or comment; `url` leads to it."""

    kind: str
    text: str
    html: SafeString
    url: str | None = None


def sort_of(entry: Entry, questions: frozenset[int] = frozenset()) -> str:
    """Which sort of evidence an entry is, "" for none. `questions`: ids of entries that ask something."""
    if entry.author_id is None or entry.type in ("person", "question", "expertise"):
        return ""
    if entry.kind == "managed":
        return "page"
    if entry.kind != "user":
        return ""
    if entry.subject_id is None:
        return "post"
    return "answer" if entry.subject_id in questions else "comment"


def weigh(sort: str, entries: Sequence[Entry], now: datetime) -> float:
    """What entries of one sort add to the score."""
    rule = SORTS[sort]
    moments = [entry.updated_at if sort == "page" else entry.published_at for entry in entries]
    ages = [max((now - moment).total_seconds() / 86400, 0.0) for moment in moments]
    return min(sum(rule.weight * 0.5 ** (age / rule.half_life) for age in ages), rule.cap)


def strength_of(score: float) -> int:
    """1 to 5, as it is drawn."""
    return next((5 - step for step, least in enumerate(STEPS) if score >= least), 1)


def in_words(strength: int) -> str:
    return {
        5: _("strong evidence"),
        4: _("good evidence"),
        3: _("fair evidence"),
        2: _("some evidence"),
        1: _("little evidence"),
    }[strength]


def _day(moment: datetime) -> str:
    local = timezone.localtime(moment)
    this_year = local.year == timezone.localdate().year
    if (get_language() or "en").startswith("en"):
        return formats.date_format(local, "j F" if this_year else "j F Y")
    return formats.date_format(local, "MONTH_DAY_FORMAT" if this_year else "DATE_FORMAT")


def _said(kind: str, sentence: str, url: str, **words: object) -> Evidence:
    """The sentence as text, and as HTML with its link on the last of the words."""
    *plain, (name, linked) = words.items()
    texts = {key: str(value) for key, value in words.items()}
    safe = {key: escape(value) for key, value in plain}
    safe[name] = format_html('<a href="{}">{}</a>', url, linked)
    return Evidence(kind, sentence % texts, SafeString(escape(sentence) % safe), url)


def skill(name: str, *, exact: bool) -> Evidence:
    """That the person says so."""
    text = _("Says so in the profile") if exact else _("Names “%(topic)s” in the profile") % {"topic": name}
    return Evidence("skill", text, escape(text))


def _pages(entries: Sequence[Entry]) -> list[Evidence]:
    named = [
        _said("page", _("Owns the page %(title)s"), entry.url, title=entry.title) for entry in entries[:NAMED_PAGES]
    ]
    more = entries[NAMED_PAGES:]
    if more:
        sentence = ngettext(
            "Owns %(count)s more page about it, last changed on %(date)s",
            "Owns %(count)s more pages about it, the last changed on %(date)s",
            len(more),
        )
        named.append(_said("page", sentence, more[0].url, count=len(more), date=_day(more[0].updated_at)))
    return named


def _sentence(sort: str, count: int) -> str:
    if sort == "post":
        return ngettext(
            "Wrote %(count)s post about it, on %(date)s",
            "Wrote %(count)s posts about it, the last on %(date)s",
            count,
        )
    if sort == "answer":
        return ngettext(
            "Answered %(count)s question about it, on %(date)s",
            "Answered questions about it %(count)s times, the last on %(date)s",
            count,
        )
    return ngettext(
        "Wrote %(count)s comment about it, on %(date)s",
        "Wrote %(count)s comments about it, the last on %(date)s",
        count,
    )


def tell(sort: str, entries: Sequence[Entry]) -> list[Evidence]:
    """Entries of one sort in words, newest first."""
    newest = sorted(entries, key=lambda e: (e.updated_at if sort == "page" else e.published_at, e.pk), reverse=True)
    if sort == "page":
        return _pages(newest)
    date = _day(newest[0].published_at)
    return [_said(sort, _sentence(sort, len(newest)), newest[0].url, count=len(newest), date=date)]
