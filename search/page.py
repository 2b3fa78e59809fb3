"""What the template of the result page needs (see the comment at its head)."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from portal.catalogue.models import Entry
from portal.people.cards import TYPE as PERSON
from search.conf import DEEPEST
from search.filters import Names, applied, filters
from search.parameters import chosen_in, to_query
from search.query import Hit, SearchRequest, SearchResult

_AROUND = 2  # pages shown on each side of the present one


def context(asked: SearchRequest, result: SearchResult) -> dict[str, Any]:
    """`q`, `result` and everything drawn from them; all addresses keep the other filters."""
    people, others = _people_first(asked, result)
    names = Names.of(asked, result)
    offered = filters(asked, result, names) if asked.q else []
    pages = _pages(asked, result)
    more = asked.page * asked.size < _reachable(asked, result)
    return {
        "q": asked.q,
        "result": result,
        "tabs": _tabs(asked, result),
        "facets": offered,
        "kept": [(name, value) for name, value in _kept(asked) if value],
        "applied": applied(asked, names),
        "chosen": list(chosen_in(asked).items()),
        "total": result.count,
        "total_exact": result.count_exact,
        "people": people,
        "promoted": result.promoted,
        "hits": others,
        "similar": result.similar,
        "suggestion": {"text": result.suggestion, "url": to_query(asked, q=result.suggestion)}
        if result.suggestion
        else None,
        "limited": result.limited,
        "limited_reason": result.reason,
        "pages": pages,
        "bound": "" if more or result.count <= _reachable(asked, result) else _bound(),
        "before": asked.offset,
        "previous_url": to_query(asked, page=asked.page - 1) if asked.page > 1 else "",
        "next_url": to_query(asked, page=asked.page + 1) if more else "",
    }


def too_deep(asked: SearchRequest) -> dict[str, Any]:
    """What the template says instead of results beyond those that can be paged through."""
    return {"too_deep": {"text": _bound(), "last_url": to_query(asked, page=DEEPEST // asked.size)}}


def _bound() -> str:
    text = _("Only the first %(number)d results can be paged through. Add a word or a filter to come closer.")
    return text % {"number": DEEPEST}


def _people_first(asked: SearchRequest, result: SearchResult) -> tuple[list[Any], list[Hit]]:
    """People among the first results stand above the others, as people; further pages are left as they are.

    So is a page that is explained: it is to show the order of the ranking.
    """
    if asked.page > 1 or any(hit.explanation for hit in result.hits):
        return [], result.hits
    people, others = [], []
    for hit in result.hits:
        if hit.entry.type == PERSON.slug and hit.entry.author:
            hit.entry.author.line = hit.entry.summary  # type: ignore[attr-defined]
            people.append(hit.entry.author)
        else:
            others.append(hit)
    return people, others


def _tabs(asked: SearchRequest, result: SearchResult) -> list[dict[str, Any]]:
    counts = result.facets["kind"]
    every = {"label": _("Everything"), "url": to_query(asked, kind=""), "count": sum(counts.values())}
    tabs = [every | {"current": not asked.kind}]
    for kind in Entry.Kind:
        url = to_query(asked, kind=kind.value)
        tabs.append(
            {"label": kind.label, "url": url, "count": counts.get(kind.value, 0), "current": asked.kind == kind.value}
        )
    return tabs


def _kept(asked: SearchRequest) -> list[tuple[str, Any]]:
    """What the form of the filters sends along: what it does not offer."""
    return [("kind", asked.kind)]


def _reachable(asked: SearchRequest, result: SearchResult) -> int:
    return min(result.count, DEEPEST // asked.size * asked.size)


def _pages(asked: SearchRequest, result: SearchResult) -> list[dict[str, Any]]:
    """First, last and those around the present page; a number of None is a gap."""
    last = max(1, -(-_reachable(asked, result) // asked.size))
    near = range(asked.page - _AROUND, asked.page + _AROUND + 1)
    shown = sorted({1, last, *(number for number in near if 1 <= number <= last)})
    pages: list[dict[str, Any]] = []
    for number in shown:
        if pages and number > pages[-1]["number"] + 1:
            pages.append({"number": None, "url": "", "current": False})
        pages.append({"number": number, "url": to_query(asked, page=number), "current": number == asked.page})
    return pages
