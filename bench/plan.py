"""The organisation that is measured: a seeded, pure description; data.py loads it.

Sizes are nested: number 0 is the newest item, so 10,000 items are the newest part of 100,000, and these of 1,000,000.
More data means a longer history, as in real life.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate

from bench.words import Words

SEED = 20260713
VERSION = 1  # of what is generated: a higher one makes every database anew
PEOPLE, DEPARTMENTS, GROUPS = 10_000, 100, 1_000
DIVISIONS = 9
QUIET_READERS, QUIET_GROUPS = 50, range(991, 1001)
SIZES = {"10k": 10_000, "100k": 100_000, "1m": 1_000_000}
CLOSED_DEPARTMENT = 100  # where every plugin is forced off
SECONDS_BETWEEN = 63  # two years for a million items

# Named readers, by the number of the person.
READERS = {
    "median": 1,  # 12 audiences
    "one": 2,  # everyone and nothing else
    "a300": 3,
    "a900": 4,
    "joiner": 5,  # a department since today, no group yet
    "moved": 6,  # another department since today
    "revoked": 7,  # was in 296 groups until just now
    "gated": 8,  # in the department where every plugin is off
    "quiet": 9,  # the first of the quiet readers
}


@dataclass(frozen=True)
class Source:
    """What an item can be: kind and type of an entry, and the plugin it belongs to ("" for pages)."""

    kind: str
    type: str
    plugin: str


@dataclass(frozen=True)
class Item:
    """One entry with its activity. `audience` is a token; `age` in seconds before the newest moment."""

    number: int
    audience: str
    department: int
    source: Source
    author: int
    age: int
    title: str
    summary: str
    body: str


class Zipf:
    """Numbers 1 to n, the k-th with a chance proportional to 1/k."""

    def __init__(self, n: int) -> None:
        self._numbers = range(1, n + 1)
        self._chances = list(accumulate(1 / number for number in self._numbers))

    def draw(self, chance: random.Random, k: int = 1) -> list[int]:
        return chance.choices(self._numbers, cum_weights=self._chances, k=k)


def parent_of(department: int) -> int | None:
    """1 is the organisation, 2 to 10 its divisions, the others teams."""
    if department == 1:
        return None
    return 1 if department <= DIVISIONS + 1 else 2 + department % DIVISIONS


def memberships() -> Iterator[tuple[int, int, bool]]:
    """(person, department, primary). Teams follow Zipf; every seventh person is in a second one."""
    chance, teams = random.Random(SEED), Zipf(DEPARTMENTS - DIVISIONS - 2)
    outside = {READERS["one"], *quiet_readers()}
    for person in range(1, PEOPLE + 1):
        first, second = (team + DIVISIONS + 1 for team in teams.draw(chance, 2))
        if person == READERS["gated"]:
            yield person, CLOSED_DEPARTMENT, True
        elif person not in outside:
            yield person, first, True
            if person % 7 == 3 and second != first and person > len(READERS):
                yield person, second, False


def quiet_readers() -> range:
    return range(READERS["quiet"], READERS["quiet"] + QUIET_READERS)


def group_members() -> Iterator[tuple[int, int]]:
    """(person, group): 8 groups a person on average, popular groups more often, and the named extremes."""
    chance, groups = random.Random(SEED + 1), Zipf(GROUPS - len(QUIET_GROUPS))
    named = {"one": 0, "a300": 296, "a900": 896, "joiner": 0, "revoked": 0}
    fixed = {READERS[name]: count for name, count in named.items()}
    quiet = set(quiet_readers())
    for person in range(1, PEOPLE + 1):
        count = fixed.get(person, 8 if person <= len(READERS) else chance.randint(2, 14))
        if person in quiet:
            chosen = set(chance.sample(QUIET_GROUPS, 2))
        elif count > 20:
            chosen = set(chance.sample(range(1, QUIET_GROUPS[0]), count))
        else:
            chosen = _distinct(groups, chance, count)
        for group in sorted(chosen):
            yield person, group


def _distinct(groups: Zipf, chance: random.Random, count: int) -> set[int]:
    chosen: set[int] = set()
    while len(chosen) < count:
        chosen.update(groups.draw(chance))
    return chosen


def _audience(chance: random.Random, teams: Zipf, groups: Zipf) -> tuple[str, int]:
    """(token, home department): 2% for everyone, 23% for departments, 75% for groups."""
    lot = chance.random()
    home = teams.draw(chance)[0]
    if lot < 0.02:
        return "everyone", home
    if lot < 0.25:
        return f"department:{home}", home
    if lot < 0.2503:  # the quiet groups share very little
        return f"group:{chance.choice(QUIET_GROUPS)}", home
    return f"group:{groups.draw(chance)[0]}", home


def items(size: int, sources: list[Source]) -> Iterator[Item]:
    """The newest `size` items, newest first. Bursts (one audience, seconds apart) and tied moments are in them."""
    chance, words = random.Random(SEED + 2), Words(SEED)
    teams, groups = Zipf(DEPARTMENTS), Zipf(GROUPS - len(QUIET_GROUPS))
    by_kind = {kind: [s for s in sources if s.kind == kind] for kind in ("managed", "user", "automated")}
    kinds = [kind for kind in by_kind if by_kind[kind]]
    shares = list(accumulate({"managed": 2, "user": 88, "automated": 10}[kind] for kind in kinds))
    age, burst, audience, home = 0, 0, "everyone", 1
    for number in range(size):
        burst -= 1
        if burst <= 0:
            audience, home = _audience(chance, teams, groups)
            burst = chance.randint(50, 200) if chance.random() < 0.0005 else 0
        if chance.random() > 0.2:  # else tied with the one before
            age += 1 if burst > 0 else int(chance.expovariate(1 / SECONDS_BETWEEN)) + 1
        kind = chance.choices(kinds, cum_weights=shares)[0]
        source = by_kind[kind][int(chance.random() * len(by_kind[kind]))]
        author = int(chance.random() * PEOPLE) + 1
        yield Item(number, audience, home, source, author, age, *words.texts(chance))
