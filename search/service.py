"""The one way to search: chooses the engine, falls back to the database, loads what may be seen."""

from __future__ import annotations

import logging
import time

from django.db.models.functions import Substr
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.catalogue.models import Entry
from search import engines, vocabulary
from search.conf import SNIPPET_SEARCHED
from search.engines.base import Engine, EngineDown, Found
from search.explain import explained
from search.highlight import Marker
from search.query import Hit, SearchRequest, SearchResult
from search.similar import corrected
from search.terms import Query, parse

logger = logging.getLogger(__name__)


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


def _hits(query: Query, request: SearchRequest, found: Found) -> tuple[list[Hit], list[Hit], str]:
    """What editors promoted, the other results, and what may have been meant where these have similar words only.

    Promoted results stand above the first page of a plain search. Entries are read through the rule of visibility,
    so an index that lags cannot show what it should not.
    """
    promoted = query.promoted if request.is_plain else ()
    scores = dict.fromkeys(promoted, 0.0) | dict(zip(found.ids, found.scores, strict=True))
    if not scores:
        return [], [], ""
    readable = Entry.objects.visible_to(request.person).filter(pk__in=list(scores)).for_cards()
    entries = {entry.pk: entry for entry in readable.annotate(opening=Substr("body", 1, SNIPPET_SEARCHED))}
    meant = ""
    if found.similar:
        query, meant = corrected(query, [entries[pk] for pk in found.ids if pk in entries])
    marker = Marker(query)
    hits = {}
    for pk in scores:
        if entry := entries.get(pk):
            title = marker.mark(entry.title, entry.language)
            snippet = marker.snippet([entry.summary, entry.opening], entry.language)
            hits[pk] = Hit(entry, title, snippet, float(scores[pk]))
    first = [hits[pk] for pk in promoted if pk in hits]
    others = [hits[pk] for pk in found.ids if pk in hits and pk not in promoted]
    return first if request.page == 1 else [], others, meant
