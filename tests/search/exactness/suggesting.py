"""What is suggested as somebody types, against the oracle."""

from __future__ import annotations

from collections.abc import Iterator, Set
from typing import NamedTuple

from search.suggest import MOST, SHOWN, suggest
from tests.search.exactness.comparing import Comparison, answered_by, engine_names
from tests.search.exactness.oracle import Oracle
from tests.search.exactness.plan import TOPICS, word

# A letter is sought in titles, what has digits in all texts; some begin words that many things have, some one word.
TYPED = ("c", "c0001x", "w001", "t0002x", "n00", "t00")
EACH = 3  # of so many pairs of a person and a text one is asked


class Group(NamedTuple):
    """The things of one group of the list by number; `complete`: no more would have been shown."""

    shown: frozenset[int]
    complete: bool


def suggestions_of(comparison: Comparison, person: int | None, text: str) -> dict[str, Group]:
    """By group; of topics the numbers."""
    topics = {word("t", number): number for number in range(TOPICS)}
    found = {}
    suggested = suggest(comparison.people[person], text)
    for group in suggested.groups:
        numbers = [comparison.numbers[one.entry.pk] if one.entry else topics[one.text] for one in group.items]
        assert len(numbers) == len(set(numbers)) <= SHOWN[group.name]
        complete = len(numbers) < SHOWN[group.name] and suggested.count < MOST
        found[group.name] = Group(frozenset(numbers), complete)
    assert suggested.count <= MOST
    return found


def compare_suggestions(
    comparison: Comparison, before: Oracle | None = None, touched: Set[int] = frozenset()
) -> Iterator[str]:
    """Asks, and gives each engine that was asked. `before` and `touched`: the index lags, see `while_lagging`."""
    oracle = comparison.oracle
    pairs = [(person, text) for person in comparison.people for text in TYPED]
    for engine in engine_names():
        with answered_by(engine):
            for number, (person, text) in enumerate(pairs):
                if number % (EACH * comparison.of):
                    continue
                found = suggestions_of(comparison, person, text)
                most, least = oracle.suggests(person, text, before), oracle.suggests(person, text, without=touched)
                for group in most:
                    group_found = found.get(group, Group(frozenset(), True))  # each has room for its first
                    wrong = group_found.shown - most[group]
                    assert not wrong, comparison.differs(f"{engine}: {group} for {text!r}", person, wrong, frozenset())
                    missed = least[group] - group_found.shown if group_found.complete else frozenset()
                    assert not missed, comparison.differs(
                        f"{engine}: {group} for {text!r}", person, frozenset(), missed
                    )
                assert set(found) <= set(most)
                yield engine
