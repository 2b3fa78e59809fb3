"""The engines by name. The database engine is always there; Elasticsearch if it is configured."""

from __future__ import annotations

from functools import lru_cache

from search.conf import elasticsearch_url
from search.engines.base import Engine

DATABASE, ELASTICSEARCH = "database", "elasticsearch"


@lru_cache(maxsize=1)
def database_engine() -> Engine:
    from search.engines.database import DatabaseEngine

    return DatabaseEngine()


@lru_cache(maxsize=8)
def _elasticsearch(url: str) -> Engine:
    from search.engines.elastic import ElasticsearchEngine

    return ElasticsearchEngine(url)


def elasticsearch_engine() -> Engine | None:
    """The engine of the configured server, one per process; None without one."""
    url = elasticsearch_url()
    return _elasticsearch(url) if url else None


def configured() -> list[Engine]:
    """All engines whose indexes are kept."""
    other = elasticsearch_engine()
    return [database_engine(), other] if other else [database_engine()]
