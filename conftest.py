"""Fixtures for every test, those of the built-in plugins included."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from portal.testing.plugin import House

# An installation made before the entry point existed does not bring the kit along; never loaded twice.
_kit = [] if any(point.name == "folkmoot" for point in entry_points(group="pytest11")) else ["portal.testing.plugin"]

pytest_plugins = [*_kit, "tests.fixtures", "tests.prepared", "tests.cast"]


@pytest.fixture
def folkmoot_search(folkmoot_house: House, settings: Any) -> Iterator[None]:
    """On the full stack the kit looks for leaks through Elasticsearch, in an index of its own."""
    import portal.settings
    from search import engines

    settings.ELASTICSEARCH_URL = portal.settings.ELASTICSEARCH_URL
    settings.SEARCH_INDEX_PREFIX = f"folkmoot-test-{uuid.uuid4().hex[:12]}"
    engine = engines.elasticsearch_engine()
    if engine is None:
        yield
        return
    engine.breaker.close()
    engine.forget()
    yield
    engine.breaker.close()
    engine.drop()
