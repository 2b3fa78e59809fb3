"""Goes through random organisations, each from its first day over some changes to an index that has caught up."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings

from portal.testing.plugin import forget_everything
from search import engines
from tests.search.exactness.comparing import Comparison, Tally
from tests.search.exactness.house import House, plugins
from tests.search.exactness.living import live
from tests.search.exactness.oracle import Oracle
from tests.search.exactness.plan import Plan
from tests.search.exactness.strategies import plans


def compare(organisations: int, catch_up: Callable[[], None]) -> Tally:
    """Compares so many organisations with the oracle, the same ones each time; `catch_up` is what the worker does."""
    tally = Tally()

    @settings(
        max_examples=organisations,
        derandomize=True,
        database=None,
        # What differs is told of one person and one item; to find a smaller organisation takes many minutes.
        phases=[Phase.generate],
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
        print_blob=False,
    )
    @given(plan=plans())
    def each(plan: Plan) -> None:
        with house_of(plan) as house:
            _follow(house, tally, catch_up)

    each()
    return tally


def _follow(house: House, tally: Tally, catch_up: Callable[[], None]) -> None:
    before = Oracle(house.plan)
    catch_up()
    comparison = Comparison(house, tally)
    comparison.catalogue()
    comparison.exactly()
    touched = live(house)
    comparison = Comparison(house, tally)
    comparison.catalogue()
    comparison.while_lagging(before, touched)
    catch_up()
    comparison.exactly()


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
