"""The generated organisation: nested sizes, the named readers, the shares and the texts."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import pytest

from bench import plan
from bench.words import Words

SOURCES = [
    plan.Source("managed", "page", ""),
    plan.Source("user", "note", "notes"),
    plan.Source("automated", "sign", "signs"),
]


@pytest.fixture(scope="module")
def made() -> list[plan.Item]:
    return list(plan.items(10_000, SOURCES))


def test_a_smaller_size_is_the_newest_part_of_a_larger_one(made):
    assert list(plan.items(500, SOURCES)) == made[:500]


def test_shares_of_audiences_and_kinds_are_as_described(made):
    audiences = Counter(item.audience.split(":")[0] for item in made)
    assert audiences["everyone"] / len(made) == pytest.approx(0.02, abs=0.015)
    assert audiences["department"] / len(made) == pytest.approx(0.23, abs=0.05)
    assert audiences["group"] / len(made) == pytest.approx(0.75, abs=0.05)
    kinds = Counter(item.source.kind for item in made)
    assert kinds["managed"] / len(made) == pytest.approx(0.02, abs=0.005)
    assert kinds["automated"] / len(made) == pytest.approx(0.10, abs=0.01)


def test_time_runs_backwards_with_tied_moments(made):
    ages = [item.age for item in made]
    assert all(older >= newer for newer, older in pairwise(ages))
    assert sum(older == newer for newer, older in pairwise(ages)) > len(made) / 10


def test_named_readers_are_extremes_of_group_membership():
    groups = Counter(person for person, _group in plan.group_members())
    of = {name: groups[number] for name, number in plan.READERS.items()}
    assert of == {
        "median": 8, "one": 0, "a300": 296, "a900": 896, "joiner": 0, "moved": 8, "revoked": 0, "gated": 8, "quiet": 2,
    }  # fmt: skip
    assert sum(groups.values()) / plan.PEOPLE == pytest.approx(8, abs=0.5)


def test_everybody_but_the_quiet_has_one_primary_department():
    rows = list(plan.memberships())
    primary = Counter(person for person, _department, is_primary in rows if is_primary)
    assert set(primary.values()) == {1}
    assert len(primary) == plan.PEOPLE - 1 - plan.QUIET_READERS
    assert len(rows) == len({(person, department) for person, department, _primary in rows})


def test_labelled_words_are_common_mid_and_rare(made):
    words = Words(plan.SEED)
    found = Counter(
        word for item in made for word in {*item.title.lower().split(), *item.body.replace(".", "").split()}
    )
    assert found[words.common] > len(made) / 2
    assert len(made) / 500 < found[words.mid] < len(made) / 20
    assert 0 < found[words.rare] < len(made) / 1000
