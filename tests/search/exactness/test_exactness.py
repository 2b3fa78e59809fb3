"""On random organisations `visible_to` and every engine agree with the oracle: no leak and no miss.

Nothing here is left to chance: hypothesis draws the same organisations each time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings

from portal.catalogue import signals
from portal.testing.plugin import forget_everything
from search import engines, queue
from tests.search.conftest import HAS_ELASTICSEARCH
from tests.search.exactness.comparing import Comparison, Tally, engine_names
from tests.search.exactness.house import House, plugins
from tests.search.exactness.living import live
from tests.search.exactness.oracle import Oracle
from tests.search.exactness.plan import Plan
from tests.search.exactness.strategies import plans

ORGANISATIONS = 38
PAIRS = 10_000  # of a person and a query, on the engine that this stack prefers, with an index that is up to date
alike = settings(
    max_examples=ORGANISATIONS,
    derandomize=True,
    database=None,
    # What differs is told of one person and one item; to find a smaller organisation takes many minutes.
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
    print_blob=False,
)


@pytest.fixture
def all_engines(request: Any, settings: Any, db: None) -> None:
    """Both indexes are kept, by nobody but the test: what is written waits until it lets the worker catch up."""
    if HAS_ELASTICSEARCH:
        request.getfixturevalue("elasticsearch")
    settings.FOLKMOOT_STAMP_SECONDS = 3600  # this process makes all changes, and knows of them
    signals.entries_queued.disconnect(dispatch_uid="search.entries_queued")
    yield
    signals.entries_queued.connect(queue.index_after_commit, dispatch_uid="search.entries_queued")


@contextmanager
def house_of(plan: Plan) -> Iterator[House]:
    """The organisation, until the end of the block."""
    start = transaction.savepoint()
    try:
        with plugins() as circles:
            house = House(plan, circles)
            house.build()
            yield house
    finally:
        transaction.savepoint_rollback(start)
        forget_everything()
        if (elasticsearch := engines.elasticsearch_engine()) is not None:
            elasticsearch.drop()  # the server rolls nothing back


def test_engines_and_catalogue_agree_with_the_oracle(
    all_engines: None, catch_up: Callable[[], None], request: Any
) -> None:
    tally = Tally()

    @alike
    @given(plan=plans())
    def compare(plan: Plan) -> None:
        with house_of(plan) as house:
            catch_up()
            comparison = Comparison(house, tally)
            comparison.catalogue()
            comparison.exactly()
            touched = live(house)
            comparison = Comparison(house, tally)
            comparison.catalogue()
            comparison.while_lagging(Oracle(plan), touched)
            catch_up()
            comparison.exactly()

    compare()
    request.node.user_properties.append(("compared", str(tally)))
    assert tally.pairs[engine_names()[-1]] >= PAIRS, tally
    assert 0.1 <= tally.finding_share <= 0.9, tally
    assert 0.1 <= tally.visible_share <= 0.9, tally
