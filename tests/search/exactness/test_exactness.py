"""On random organisations `visible_to` and every engine agree with the oracle: no leak and no miss.

Nothing here is left to chance: the same organisations are drawn each time.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.search.exactness.comparing import engine_names
from tests.search.exactness.running import compare

ORGANISATIONS = 27
PAIRS = 10_000  # of a person and a query, on each engine, with an index that is up to date


def test_engines_and_catalogue_agree_with_the_oracle(
    all_engines: None, catch_up: Callable[[], None], request: Any
) -> None:
    # The database engine has two databases, of which each is asked half as much: SQLite on the embedded stack, beside
    # Elasticsearch PostgreSQL.
    part = 1 if len(engine_names()) > 1 else 2
    tally = compare(range(0, ORGANISATIONS, part), catch_up)
    request.node.user_properties.append(("compared", str(tally)))
    assert tally.pairs[engine_names()[-1]] >= PAIRS / part, tally
    assert tally.pairs["database"] >= PAIRS / 2, tally
    assert 0.1 <= tally.finding_share <= 0.9, tally
    assert 0.1 <= tally.visible_share <= 0.9, tally
