"""What the worker does for search, again and again."""

from __future__ import annotations

from search import engines
from search.engines.base import EngineDown


def database() -> int:
    return engines.database_engine().drain()


def elasticsearch() -> int:
    """Brings the index up to date, making and filling it where there is none. A server that is away is no error."""
    engine = engines.elasticsearch_engine()
    if engine is None:
        return 0
    try:
        return engine.drain()
    except EngineDown:
        return 0
