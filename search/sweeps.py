"""What the worker does for search, again and again."""

from __future__ import annotations

import logging

from search import engines
from search.engines.base import EngineDown

logger = logging.getLogger(__name__)

_down = False


def database() -> int:
    return engines.database_engine().drain()


def elasticsearch() -> int:
    """Brings the index up to date, making and filling it where there is none. A server that is away is told once."""
    global _down
    engine = engines.elasticsearch_engine()
    if engine is None:
        return 0
    try:
        done = engine.drain()
    except EngineDown as error:
        if not _down:
            logger.warning("Elasticsearch cannot be written to, changes wait in the outbox: %s", error)
        _down = True
        return 0
    if _down:
        logger.info("Elasticsearch can be written to again")
    _down = False
    return done
