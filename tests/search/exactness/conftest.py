from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from portal.catalogue import signals
from search import queue
from tests.search.conftest import HAS_ELASTICSEARCH


@pytest.fixture
def all_engines(request: Any, settings: Any, db: None) -> Iterator[None]:
    """All indexes of this stack are kept, by nobody but the test: what is written waits until the worker catches up."""
    if HAS_ELASTICSEARCH:
        request.getfixturevalue("elasticsearch")
    settings.FOLKMOOT_STAMP_SECONDS = 3600  # this process makes all changes, and knows of them
    signals.entries_queued.disconnect(dispatch_uid="search.entries_queued")
    yield
    signals.entries_queued.connect(queue.index_after_commit, dispatch_uid="search.entries_queued")
