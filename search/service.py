"""The one way to search: chooses the engine, falls back to the database, loads what may be seen."""

from __future__ import annotations

import logging
import time

from django.db.models.functions import Substr
from django.utils.translation import gettext as _

from portal.catalogue.models import Entry
from search import engines
from search.conf import SNIPPET_SEARCHED
from search.engines.base import Engine, EngineDown, Found
from search.highlight import Marker
from search.query import Hit, SearchRequest, SearchResult
from search.terms import Query, parse

logger = logging.getLogger(__name__)


def search(request: SearchRequest) -> SearchResult:
    """One page of results. At most 3 queries to the database, whichever engine answers."""
    began = time.monotonic()
    query = parse(request.q)
    if not query:
        return SearchResult(engine=_preferred().name)
    engine, found, reason = _ask(query, request)
    return SearchResult(
        hits=_hits(query, request, found),
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
    """The answer, whose it is, and why it is limited if it is."""
    preferred = _preferred()
    if preferred is engines.database_engine():
        return preferred, preferred.search(query, request), ""
    try:
        return preferred, preferred.search(query, request), ""
    except EngineDown as down:
        logger.info("search falls back to the database: %s", down)
        reason = down.reader_text or _(
            "The search service does not answer. You see what the database finds: every word must match, and "
            "similar words are not tried."
        )
    return engines.database_engine(), engines.database_engine().search(query, request), str(reason)


def _hits(query: Query, request: SearchRequest, found: Found) -> list[Hit]:
    """Entries are read through the rule of visibility, so an index that lags cannot show what it should not."""
    if not found.ids:
        return []
    readable = Entry.objects.visible_to(request.person).filter(pk__in=list(found.ids)).for_cards()
    entries = {entry.pk: entry for entry in readable.annotate(opening=Substr("body", 1, SNIPPET_SEARCHED))}
    marker = Marker(query)
    hits = []
    for pk, score in zip(found.ids, found.scores, strict=True):
        if entry := entries.get(pk):
            title = marker.mark(entry.title, entry.language)
            snippet = marker.snippet([entry.summary, entry.opening], entry.language)
            hits.append(Hit(entry, title, snippet, float(score)))
    return hits
