"""Random organisations by number: the same one for the same number, on every machine."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import HealthCheck, Phase, assume, given, seed, settings

from tests.search.exactness.plan import Plan
from tests.search.exactness.strategies import plans


def draw(number: int, test: Callable[[Plan], None]) -> None:
    """Gives the organisation of this number to the test: each is drawn afresh, not made from the one before."""

    @seed(number)
    @settings(
        max_examples=1,
        database=None,
        # What differs is told of one person and one item; to find a smaller organisation takes many minutes.
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
        print_blob=False,
    )
    @given(plan=plans())
    def once(plan: Plan) -> None:
        assume(len({item.type for item in plan.items}) > 1)  # what is always drawn first is the same everywhere
        test(plan)

    once()
