"""Does the index hold what the catalogue holds? Versions are compared, in ranges of entries."""

from __future__ import annotations

from typing import Any

from django.db.models import Max
from elasticsearch import Elasticsearch

from portal.catalogue.models import Entry, Outbox
from search import queue
from search.engines.base import indexable

_RANGE = 5000  # entries compared at once; below the 10,000 results one request may give


def totals(client: Elasticsearch, index: str) -> tuple[int, int]:
    """How many documents there are, and the sum of their versions."""
    answer = client.search(
        index=index, body={"size": 0, "track_total_hits": True, "aggs": {"versions": {"sum": {"field": "version"}}}}
    )
    return answer["hits"]["total"]["value"], round(answer["aggregations"]["versions"]["value"])


def repair(client: Elasticsearch, engine: str, index: str) -> int:
    """Queues whatever differs and is not queued yet; how many."""
    newest = max(Entry.objects.aggregate(newest=Max("pk"))["newest"] or 0, _newest(client, index))
    return sum(_repair(client, engine, index, start) for start in range(0, newest + 1, _RANGE))


def _newest(client: Elasticsearch, index: str) -> int:
    answer = client.search(index=index, body={"size": 0, "aggs": {"newest": {"max": {"field": "entry_id"}}}})
    return int(answer["aggregations"]["newest"]["value"] or 0)


def _repair(client: Elasticsearch, engine: str, index: str, start: int) -> int:
    theirs = _versions(client, index, start)
    span = {"pk__gte": start, "pk__lt": start + _RANGE}
    mine = dict(indexable().filter(**span).values_list("pk", "version"))
    queued = set(
        Outbox.objects.filter(engine=engine, entry_id__gte=start, entry_id__lt=start + _RANGE).values_list(
            "entry_id", flat=True
        )
    )
    behind = [pk for pk, version in mine.items() if theirs.get(pk, 0) < version and pk not in queued]
    foreign = [pk for pk in theirs if pk not in mine and pk not in queued]
    if behind:
        queue.enqueue(engine, Entry.objects.filter(pk__in=behind))
    if foreign:
        queue.enqueue_gone(engine, foreign)
    return len(behind) + len(foreign)


def _versions(client: Elasticsearch, index: str, start: int) -> dict[int, int]:
    request: dict[str, Any] = {
        "query": {"range": {"entry_id": {"gte": start, "lt": start + _RANGE}}},
        "size": _RANGE,
        "_source": False,
        "docvalue_fields": ["entry_id", "version"],
    }
    hits = client.search(index=index, body=request)["hits"]["hits"]
    return {hit["fields"]["entry_id"][0]: hit["fields"]["version"][0] for hit in hits}
