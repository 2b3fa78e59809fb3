from __future__ import annotations

from typing import Any

import pytest

from search.conf import WRITE_SECONDS
from tests.search.conftest import HAS_ELASTICSEARCH


@pytest.fixture
def all_engines(request: Any, settings: Any, db: None, paused_indexer: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """All indexes of this stack are kept, by nobody but the test."""
    settings.FOLKMOOT_STAMP_SECONDS = 3600  # this process makes all changes, and knows of them
    monkeypatch.setattr("search.engines.database.postgresql._FEW", 3)  # so that both of its ways are taken
    if HAS_ELASTICSEARCH:
        engine = request.getfixturevalue("elasticsearch")
        # A busy machine is no reason to fall back: searches too wait as long as the worker does.
        monkeypatch.setattr(engine, "_reader", engine._writer)
        monkeypatch.setattr(engine, "patience", WRITE_SECONDS)
