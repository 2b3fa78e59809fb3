"""The one way to search: chooses the engine, falls back to the database, loads what may be seen."""

from __future__ import annotations

import logging
import time
from typing import Any

from django.db.models import Case, Value, When
from django.db.models.functions import Substr
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.catalogue.models import Entry
from search import engines, pages, vocabulary
from search.conf import SNIPPET_SEARCHED
from search.engines.base import Engine, EngineDown, Found
from search.explain import explained
from search.highlight import Marker
from search.query import Hit, SearchRequest, SearchResult
from search.similar import corrected
from search.terms import Query, parse

logger = logging.getLogger(__name__)

# Of each result, and of what it is attached to: a third of what a search costs besides the engine is reading columns.
_OWN = ("own_audience", "root", "translation_key", "chain_live", "visible_from", "visible_until", "tree_path")
_OF_SUBJECT = ("id", "type", "title", "url")
_NOT_SHOWN = (
    *_OWN,
    *(f"subject__{field.name}" for field in Entry._meta.concrete_fields if field.name not in _OF_SUBJECT),
)


def search(request: SearchRequest, *, explain: bool = False) -> SearchResult:
    """One page of results. At most 3 queries to the database, whichever engine answers.

    `explain`: with each hit, why it stands where it does; for search managers, and slower.
    """
    began = time.monotonic()
    query = parse(request.q, vocabulary.current(), timezone.now())
    if not query:
        return SearchResult(engine=_preferred().name)
    engine, found, reason = _ask(query, request)
    promoted, hits, meant = _hits(query, request, found)
    if explain and hits:
        hits = explained(engine, query, request, found, hits)
    return SearchResult(
        hits=hits,
        promoted=promoted,
        suggestion=meant,
        count=found.total,
        count_exact=found.exact,
        facets=found.counts,
        engine=engine.name,
        similar=found.similar,
        limited=bool(reason),
        reason=reason,
        took_ms=round((time.monotonic() - began) * 1000),
    )


def _preferred() -> Engine:
    return engines.elasticsearch_engine() or engines.database_engine()


def _ask(query: Query, request: SearchRequest) -> tuple[Engine, Found, str]:
    """The answer, whose it is, and why it is limited if it is: another engine answers, or the index is behind."""
    preferred = _preferred()
    if preferred is engines.database_engine():
        return preferred, preferred.search(query, request), ""
    try:
        return preferred, preferred.search(query, request), preferred.behind()
    except EngineDown as down:
        logger.info("search falls back to the database: %s", down)
        reason = down.reader_text or _(
            "The search service does not answer. You see what the database finds, in a simpler order."
        )
    return engines.database_engine(), engines.database_engine().search(query, request), str(reason)


def _hits(query: Query, request: SearchRequest, found: Found) -> tuple[list[Hit], list[Hit], str]:
    """What editors promoted, the other results, and what may have been meant where these have similar words only.

    Promoted results stand above the first page of a plain search. Entries are read through the rule of visibility,
    so an index that lags cannot show what it should not.
    """
    promoted = query.promoted if request.is_plain else ()
    scores = dict.fromkeys(promoted, 0.0) | dict(zip(found.ids, found.scores, strict=True))
    if not scores:
        return [], [], ""
    entries = _entries(request, list(scores))
    meant = ""
    if found.similar:
        query, meant = corrected(query, [entries[pk] for pk in found.ids if pk in entries])
    marker = Marker(query)
    hits = {pk: _hit(marker, entries[pk], scores[pk]) for pk in scores if pk in entries}
    first = [hits[pk] for pk in promoted if pk in hits]
    others = [hits[pk] for pk in found.ids if pk in hits and pk not in promoted]
    return first if request.page == 1 else [], others, meant


def _entries(request: SearchRequest, ids: list[int]) -> dict[int, Any]:
    """The readable ones, with the beginning of their texts, what has pages with more of it; one query."""
    paged = When(facets__has_key="pages", then=Value(pages.characters(max(len(ids), 1))))
    readable = Entry.objects.visible_to(request.person).filter(pk__in=ids).for_cards()
    found = readable.select_related("subject").defer(*_NOT_SHOWN)
    opening = Substr("body", 1, Case(paged, default=Value(SNIPPET_SEARCHED)))
    return {entry.pk: entry for entry in found.annotate(opening=opening)}


def _hit(marker: Marker, entry: Any, score: float) -> Hit:
    title, page = marker.mark(entry.title, entry.language), 0
    texts = [_after_title(entry, text) for text in (entry.summary, entry.opening)]
    if "pages" in entry.facets:
        page, text = pages.best_page(marker, entry.opening, entry.language)
        texts = [text, entry.summary] if page else [entry.summary, entry.opening[:SNIPPET_SEARCHED]]
    return Hit(entry, title, marker.snippet(texts, entry.language), float(score), page=page)


def _after_title(entry: Entry, text: str) -> str:
    """Without a title that it begins with: that is shown above it."""
    rest = text.removeprefix(entry.title)
    return rest.lstrip() if entry.title and rest[:1].isspace() else text
