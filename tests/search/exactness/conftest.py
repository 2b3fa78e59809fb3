from __future__ import annotations

from typing import Any

import pytest

from tests.search.conftest import HAS_ELASTICSEARCH


@pytest.fixture
def all_engines(request: Any, settings: Any, db: None, paused_indexer: None) -> None:
    """All indexes of this stack are kept, by nobody but the test."""
    if HAS_ELASTICSEARCH:
        request.getfixturevalue("elasticsearch")
    settings.FOLKMOOT_STAMP_SECONDS = 3600  # this process makes all changes, and knows of them
