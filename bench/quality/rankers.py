"""Who answers the queries: the project's engines by the one way to search, and Wagtail's stock backend beside them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from django.test.utils import override_settings

from bench.errors import Broken
from bench.quality.measure import DEPTH
from bench.quality.names import Names
from search import engines
from search.conf import elasticsearch_url
from search.query import SearchRequest
from search.service import search
from search.suggest import suggest

Ranker = Callable[[Names, str], list[int]]
ATTEMPTS = 5  # a busy machine may take longer than a reader would wait; quality is not about that


@contextmanager
def database() -> Iterator[Ranker]:
    with override_settings(ELASTICSEARCH_URL=""):
        engines.database_engine().rebuild()
        yield lambda names, text: _search(names, text, engines.DATABASE)


@contextmanager
def elasticsearch() -> Iterator[Ranker]:
    """In the index of the configured prefix."""
    engine = engines.elasticsearch_engine()
    if engine is None:
        raise Broken("set ELASTICSEARCH_URL")
    engine.rebuild()
    yield lambda names, text: _search(names, text, engines.ELASTICSEARCH)


@contextmanager
def stock() -> Iterator[Ranker]:
    """In an index of its own that is thrown away."""
    if not elasticsearch_url():
        raise Broken("set ELASTICSEARCH_URL")
    from bench.quality.stock import StockSearch

    with StockSearch() as ranker:
        yield ranker.search


def _search(names: Names, text: str, engine: str) -> list[int]:
    for _attempt in range(ATTEMPTS):
        result = search(SearchRequest(names.person, text, size=DEPTH))
        if result.engine == engine and not result.limited:
            return [hit.entry.pk for hit in result.hits]
        time.sleep(1)
    raise Broken(f"{engine} does not answer: {result.reason}")


def suggested(names: Names, text: str, engine: str) -> list[int]:
    """The entries suggested, in the order of the list, of one of SUGGESTING."""
    for _attempt in range(ATTEMPTS):
        found = suggest(names.person, text)
        if found.engine == engine and not found.limited:
            return [one.entry.pk for group in found.groups for one in group.items if one.entry]
        time.sleep(1)
    raise Broken(f"{engine} does not answer")


RANKERS: Mapping[str, Callable[[], object]] = {
    "database": database,
    "elasticsearch": elasticsearch,
    "stock": stock,
}
SUGGESTING = (engines.DATABASE, engines.ELASTICSEARCH)
