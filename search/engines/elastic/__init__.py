"""The engine on Elasticsearch 8. Searches ask it directly; only the worker and commands write to it."""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.translation import gettext as _
from elasticsearch import ApiError, NotFoundError, TransportError

from portal.audience.access import audiences_of
from portal.catalogue import outbox
from search.beginnings import Beginnings, Begun
from search.conf import SEARCH_SECONDS
from search.engines.base import EngineDown, Found
from search.engines.elastic import explaining, indexes, suggest_body
from search.engines.elastic.body import body, spread
from search.engines.elastic.breaker import Breaker
from search.engines.elastic.keeping import KeptIndex
from search.facets import by_department, chosen_department, within
from search.query import FACETS, SearchRequest
from search.terms import Query

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from portal.people.models import Person

logger = logging.getLogger(__name__)

_AUDIENCES = 60_000  # in one request; the server takes 65,536
_BLOCKED = {429, 502, 503, 504}


class ElasticsearchEngine(KeptIndex):
    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.breaker = Breaker()
        self.patience = SEARCH_SECONDS  # with a search for similar words

    def search(self, query: Query, request: SearchRequest) -> Found:
        parts = self._parts(request)
        answer = self._ask(body(query, request, **parts))
        counted = spread(answer["aggregations"])
        if request.as_written or counted.get("matched", counted["total"])["doc_count"]:
            return _found(answer, request)
        # Nothing as it is written: similar spellings are tried.
        similar = self._ask_more(body(query, request, similar=True, **parts))
        found = _found(similar or answer, request)
        return replace(found, similar=bool(similar and found.total))

    def explain(
        self, query: Query, request: SearchRequest, found: Found, products: Mapping[int, float]
    ) -> dict[int, dict[str, float]]:
        asked = body(query, request, similar=found.similar, **self._parts(request))
        return explaining.read(self._ask(explaining.named(asked, products), include_named_queries_score=True))

    def _parts(self, request: SearchRequest) -> dict[str, Any]:
        excluded = self._excluded(request.person)
        departments = within(chosen_department(request)) if request.department else None
        return {"now": timezone.now(), "excluded": excluded, "departments": departments}

    def suggest(self, asked: Beginnings) -> Begun:
        request = suggest_body.suggest_body(asked, now=timezone.now(), excluded=self._excluded(asked.person))
        return suggest_body.read(self._ask(request), asked)

    def _excluded(self, person: Person | AnonymousUser) -> list[int]:
        """What the index may show wrongly, read before it is asked: what was narrowed by now cannot be counted."""
        if not self.breaker.allows():
            raise EngineDown("did not answer a moment ago")
        excluded = outbox.narrowed_ids(self.name)
        if excluded is None or len(audiences_of(person)) > _AUDIENCES:
            raise EngineDown("too much to exclude", _("The search index is being brought up to date."))
        return excluded

    def _ask_more(self, request: dict[str, Any]) -> Mapping[str, Any] | None:
        """The answer to a question that costs the server much; None where it takes too long, which says nothing of how
        the server is: what one reader asks may not take search away from the others.
        """
        milliseconds = math.ceil(self.patience * 1000)
        try:
            answer = self._reader.search(index=indexes.alias(), body=request | {"timeout": f"{milliseconds}ms"})
        except (ApiError, TransportError) as error:
            logger.info("similar words were not sought: %s", error)
            return None
        return None if answer["timed_out"] else answer.body

    def _ask(self, request: dict[str, Any], **options: Any) -> Mapping[str, Any]:
        try:
            answer = self._reader.search(index=indexes.alias(), body=request, **options)
        except NotFoundError as error:
            self.breaker.close()
            raise EngineDown("no index yet", _("The search index is being built.")) from error
        except ApiError as error:
            if error.status_code in _BLOCKED:
                self.breaker.fail()
            else:
                logger.exception("Elasticsearch refused a search")
            raise EngineDown(str(error)) from error
        except TransportError as error:
            self.breaker.fail()
            raise EngineDown(str(error)) from error
        self.breaker.close()
        found: Mapping[str, Any] = answer.body
        return found


def _found(answer: Mapping[str, Any], request: SearchRequest) -> Found:
    hits, counted = answer["hits"]["hits"], spread(answer["aggregations"])
    values = {name: counted[name] if name in counted else counted["total"][name] for name in FACETS}
    counts: dict[str, dict[str, int]] = {
        name: {str(one["key"]): one["doc_count"] for one in found["buckets"] if one["doc_count"]}
        for name, found in values.items()
    }
    counts["department"] = by_department(request, {int(pk): number for pk, number in counts["department"].items()})
    for name in ("plugin", "language"):
        counts[name].pop("", None)  # of the core itself; of no known language
    total = counted["total"]["doc_count"]
    return Found([int(hit["_id"]) for hit in hits], [hit["sort"][0] for hit in hits], total, counts)
