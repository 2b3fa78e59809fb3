"""Goes through random organisations, each from its first day over some changes to an index that has caught up."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from django.db import transaction

from portal.testing.plugin import forget_everything
from search import engines
from tests.search.exactness.comparing import Comparison, Tally
from tests.search.exactness.drawing import draw
from tests.search.exactness.house import House, plugins
from tests.search.exactness.living import live
from tests.search.exactness.oracle import Oracle
from tests.search.exactness.plan import Plan
from tests.search.exactness.suggesting import compare_suggestions


def compare(organisations: Iterable[int], catch_up: Callable[[], None], *, of: int = 1) -> Tally:
    """Compares the organisations of these numbers with the oracle; of their pairs one of so many.

    `catch_up` is what the worker does until nothing waits.
    """
    tally = Tally()
    for number in organisations:
        try:
            draw(number, lambda plan: _follow(plan, tally, catch_up, of))
        except AssertionError as error:
            error.add_note(f"organisation {number}")
            raise
    return tally


def _follow(plan: Plan, tally: Tally, catch_up: Callable[[], None], of: int) -> None:
    """From the first day over what changes to an index that has caught up."""
    with house_of(plan) as house:
        catch_up()
        comparison = Comparison(house, tally, of)
        comparison.catalogue()
        comparison.exactly()
        tally.suggested.update(compare_suggestions(comparison))
        touched = live(house)
        comparison = Comparison(house, tally, of)
        comparison.catalogue()
        before = Oracle(plan)
        comparison.while_lagging(before, touched)
        tally.suggested.update(compare_suggestions(comparison, before, touched))
        catch_up()
        comparison.exactly()
        tally.suggested.update(compare_suggestions(comparison))


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
