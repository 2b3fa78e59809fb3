"""The stock Elasticsearch 8 backend of Wagtail's modelsearch, on the same entries. Import only in a process of its own.

Set up as a project does that follows its documentation: a search field for each text, the title boosted by two as in
Wagtail's Page; queries as `search()` takes them by default. Visibility is not its doing, so what the person may not see
is taken out of its results before they are judged.
"""

from __future__ import annotations

from modelsearch import index
from modelsearch.backends.elasticsearch8 import Elasticsearch8SearchBackend

from bench.quality.measure import DEPTH
from bench.quality.names import Names
from portal.catalogue.models import Entry
from search.conf import elasticsearch_url, index_prefix
from search.engines.base import indexable

LOOKED_THROUGH = 1000
SECONDS = 30


class StockEntry(index.Indexed, Entry):
    """The catalogue's entries as a model that modelsearch indexes."""

    search_fields = [
        index.SearchField("title", boost=2),
        index.SearchField("summary"),
        index.SearchField("body"),
    ]

    class Meta:
        proxy = True
        app_label = "catalogue"


class StockSearch:
    """Use as a context manager: the index is there inside."""

    def __init__(self) -> None:
        self._backend = Elasticsearch8SearchBackend(
            {
                "URLS": [elasticsearch_url()],
                "INDEX_PREFIX": f"{index_prefix()}-stock-",
                "ATOMIC_REBUILD": False,
                "TIMEOUT": SECONDS,
            }
        )
        self._index = self._backend.get_index_for_model(StockEntry)

    def __enter__(self) -> StockSearch:
        self._index.reset()
        self._index.add_model(StockEntry)
        self._index.add_items(StockEntry, list(StockEntry.objects.filter(pk__in=indexable().values("pk"))))
        self._index.refresh()
        return self

    def __exit__(self, *_error: object) -> None:
        self._index.delete()

    def search(self, names: Names, text: str) -> list[int]:
        visible = names.visible()
        found = self._backend.search(text, StockEntry)[:LOOKED_THROUGH]
        return [entry.pk for entry in found if entry.pk in visible][:DEPTH]
