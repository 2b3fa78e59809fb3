"""Does the index hold what the catalogue holds? Compared page by page, so that memory does not grow with either.

The order of reading makes the answer exact while others write: an entry of which nothing waits in the outbox was
acknowledged, so the index, which is read last, holds it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from elasticsearch import Elasticsearch, helpers

from portal.catalogue import outbox
from portal.catalogue.models import Entry, Outbox
from search import queue
from search.engines.base import Verified, indexable
from search.engines.elastic import indexes
from search.engines.elastic.mapping import document

_PAGE = 5000  # entries or documents at once; one request may give 10,000
_PAGE_OF_CONTENTS = 500


@dataclass(frozen=True)
class Held:
    """What is known of an entry on either side; `checksum` is empty where contents are not compared."""

    version: int
    checksum: str = ""


@dataclass(frozen=True)
class Span:
    """Entries after `after` up to `upto`; None is without end."""

    after: int | None
    upto: int | None

    def bounds(self, after: str, upto: str) -> dict[str, int]:
        found = {after: self.after, upto: self.upto}
        return {name: value for name, value in found.items() if value is not None}


def totals(client: Elasticsearch, index: str) -> tuple[int, int]:
    """How many documents there are, and the sum of their versions."""
    answer = client.search(
        index=index, body={"size": 0, "track_total_hits": True, "aggs": {"versions": {"sum": {"field": "version"}}}}
    )
    return answer["hits"]["total"]["value"], round(answer["aggregations"]["versions"]["value"])


def repair(client: Elasticsearch, engine: str, *, contents: bool) -> Verified:
    """Queues or removes whatever differs and is not queued yet. With `contents` entries are read as a whole, and their
    documents compared by checksum."""
    comparison = Comparison(client, engine, contents=contents)
    comparison.run()
    return comparison.found


class Comparison:
    """One run; `found` counts."""

    def __init__(self, client: Elasticsearch, engine: str, *, contents: bool) -> None:
        self._client, self._engine, self._contents = client, engine, contents
        self._size = _PAGE_OF_CONTENTS if contents else _PAGE
        self.found = Verified(engine, contents=contents)

    def run(self) -> None:
        self._remove_strays()
        after: int | None = None
        while True:
            mine = self._catalogue(after)
            upto = max(mine) if len(mine) == self._size else None
            self._compare(mine, Span(after, upto))
            if upto is None:
                return
            after = upto

    def _catalogue(self, after: int | None) -> dict[int, Held]:
        entries = indexable().order_by("pk")
        if after is not None:
            entries = entries.filter(pk__gt=after)
        if not self._contents:
            return {pk: Held(version) for pk, version in entries.values_list("pk", "version")[: self._size]}
        return {entry.pk: _held(entry) for entry in entries.select_related("author")[: self._size]}

    def _compare(self, mine: dict[int, Held], span: Span) -> None:
        waiting = Outbox.objects.filter(engine=self._engine, **span.bounds("entry_id__gt", "entry_id__lte"))
        queued = set(waiting.values_list("entry_id", flat=True))
        self.found.compared += len(mine)
        left = dict(mine)
        for theirs in self._index(span):
            self._judge({pk: left.pop(pk, None) for pk in theirs if pk not in queued}, theirs)
        missing = {pk: held.version for pk, held in left.items() if pk not in queued}
        self.found.missing += self._queue(missing)

    def _judge(self, mine: dict[int, Held | None], theirs: dict[int, Held]) -> None:
        """Of the same entries on both sides."""
        behind, ahead, different, foreign = dict[int, int](), dict[int, int](), dict[int, int](), dict[int, int]()
        for pk, held in mine.items():
            there = theirs[pk]
            if held is None:
                foreign[pk] = there.version
            elif there.version < held.version:
                behind[pk] = held.version
            elif there.version > held.version:
                ahead[pk] = there.version
            elif there.checksum != held.checksum:
                different[pk] = held.version
        self.found.behind += self._queue(behind)
        self.found.different += self._queue(different)
        self.found.ahead += self._outrun(ahead)
        self.found.foreign += self._queue_gone(foreign)

    def _queue(self, versions: dict[int, int]) -> int:
        """Unless the entry was written meanwhile, which queues it too."""
        now = dict(indexable().filter(pk__in=list(versions)).values_list("pk", "version")) if versions else {}
        same = [pk for pk, version in versions.items() if now.get(pk) == version]
        if same:
            queue.enqueue(self._engine, Entry.objects.filter(pk__in=same))
        return len(same)

    def _outrun(self, versions: dict[int, int]) -> int:
        """Unless it was the catalogue that went on meanwhile."""
        if not versions:
            return 0
        now = dict(Entry.objects.filter(pk__in=list(versions)).values_list("pk", "version"))
        ahead = {pk: version for pk, version in versions.items() if now.get(pk, version) < version}
        if ahead:
            outbox.outrun(ahead)
        return len(ahead)

    def _queue_gone(self, versions: dict[int, int]) -> int:
        """Unless the entry came to life meanwhile."""
        if not versions:
            return 0
        live = set(indexable().filter(pk__in=list(versions)).values_list("pk", flat=True))
        gone = {pk: version for pk, version in versions.items() if pk not in live}
        queue.enqueue_gone(self._engine, gone)
        return len(gone)

    def _index(self, span: Span) -> Iterator[dict[int, Held]]:
        """Pages of the index's documents in the span."""
        request: dict[str, Any] = {
            "query": {"range": {"entry_id": span.bounds("gt", "lte")}},
            "sort": [{"entry_id": "asc"}],
            "size": self._size,
            "_source": False,
            "docvalue_fields": ["entry_id", "version", "checksum"],
        }
        while hits := self._client.search(index=indexes.alias(), body=request)["hits"]["hits"]:
            yield {int(hit["sort"][0]): self._there(hit["fields"]) for hit in hits}
            request["search_after"] = hits[-1]["sort"]

    def _there(self, fields: dict[str, list[Any]]) -> Held:
        held = Held(fields.get("version", [0])[0], fields.get("checksum", [""])[0])
        return held if self._contents else replace(held, checksum="")

    def _remove_strays(self) -> None:
        """Documents that are no entry's at all cannot be queued: they are removed at once."""
        request = {"query": {"bool": {"must_not": {"exists": {"field": "entry_id"}}}}, "size": 1000, "_source": False}
        while hits := self._client.search(index=indexes.alias(), body=request)["hits"]["hits"]:
            actions = [{"_op_type": "delete", "_index": hit["_index"], "_id": hit["_id"]} for hit in hits]
            helpers.bulk(self._client, actions, refresh=True)
            self.found.foreign += len(hits)


def _held(entry: Entry) -> Held:
    try:
        return Held(entry.version, document(entry)["checksum"])
    except Exception:
        # No document can be made of it, so the index cannot hold it: it counts as missing, and is refused again.
        return Held(entry.version)
