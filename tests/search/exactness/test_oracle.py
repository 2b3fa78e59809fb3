"""The oracle itself, on organisations small enough to be judged by reading."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.search.exactness.oracle import Oracle, satisfied
from tests.search.exactness.plan import Audience, Item, Person, Plan, Query, Rule, Section

# 0 holds 1 and 2; 3 is in 1. Number 0 of the people works in 3 and is in group 0, number 1 works in 2.
HOUSE = Plan(
    departments=(None, 0, 0, 1),
    people=(Person(homes=(3,), groups=frozenset({0})), Person(homes=(2,))),
    sections=(Section(restriction=("groups", (0, 1))), Section(parent=0, restriction=("groups", (1,)))),
)


def seen(plan: Plan, *items: Item) -> list[list[int]]:
    """What each of the two sees."""
    oracle = Oracle(replace(plan, items=items))
    assert not oracle.visible(None)
    return [sorted(oracle.visible(person)) for person in (0, 1)]


def test_departments_hold_those_below_and_exclusions_hold():
    one = Item(audience=Audience(all=((("department", 1),),)))
    only = Item(audience=Audience(all=((("department-only", 1),),)))
    without = Item(audience=Audience(none=(("department", 1),)))
    assert seen(HOUSE, one, only, without) == [[0], [2]]


def test_a_department_has_heads_of_its_own():
    heads = replace(HOUSE, people=(Person(homes=(3,), is_head=True), Person(homes=(2,))))
    own, above, other = (Item(audience=Audience(all=((("head", number),),))) for number in (3, 1, 2))
    assert seen(heads, own, above, other) == [[0], []]


@pytest.mark.parametrize(
    ("audience", "expected"),
    [
        (Audience(), True),
        (Audience(all=((),)), False),
        (Audience(all=((("role", 1), ("role", 2)), (("circle", 1),))), True),
        (Audience(all=((("role", 2),), (("circle", 1),))), False),
        (Audience(none=(("everyone", 0),)), False),
        (Audience(none=(("guild", 0),)), False),
        (Audience(none=(("circle", 2),)), True),
    ],
)
def test_an_audience_asks_for_one_of_each_and_none_of_some(audience, expected):
    assert satisfied(audience, {("everyone", 0), ("role", 1), ("circle", 1)}) is expected


def test_privacy_adds_up_from_above():
    assert seen(HOUSE, Item(type="news", section=0), Item(type="news", section=1)) == [[0], []]
    page = Item(type="news", section=0, restriction=("password", ()))
    assert seen(HOUSE, page, replace(page, restriction=("login", ()))) == [[1], []]


def test_what_is_attached_has_audience_window_and_state_of_its_root():
    narrow = Item(audience=Audience(all=((("usergroup", 0),),)))
    assert seen(HOUSE, narrow, Item(type="comment", subject=0), Item(type="comment", subject=1)) == [[0, 1, 2], []]
    assert seen(HOUSE, Item(), Item(subject=0, state="hidden"), Item(subject=1)) == [[0], [0]]
    assert seen(HOUSE, Item(), replace(narrow, subject=0), Item(subject=1)) == [[0, 1, 2], [0]]  # it narrows
    assert (
        seen(HOUSE, Item(ends=-1), Item(subject=0), Item(begins=1), Item(age=-1), Item(age=-1, begins=-1)) == [[4]] * 2
    )


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ({}, [[0, 1, 2], [0, 1, 2]]),
        ({("notes", 2): "off"}, [[0, 2], []]),  # off for who works there, whatever the home
        ({("notes", 0): "off", ("notes", 1): "on"}, [[0, 2], []]),
        ({("notes", 0): "forced_off", ("notes", 1): "on"}, [[], []]),
        ({("notes", 0): "forced_on", ("notes", 1): "off"}, [[0, 1, 2], [0, 1, 2]]),
        ({("remarks", 0): "off"}, [[0, 1], [0, 1]]),
    ],
)
def test_gates_ask_home_and_reader(rules, expected):
    plan = replace(HOUSE, rules=tuple((place, Rule(state)) for place, state in rules.items()))
    items = Item(plugin="notes", home=3), Item(plugin="notes", home=2), Item(plugin="remarks", subject=0)
    assert seen(plan, *items) == expected


def test_rules_hold_in_their_time():
    plan = replace(HOUSE, rules=((("notes", 0), Rule("off", begins=1)), (("notes", 3), Rule("off", ends=-1))))
    assert seen(plan, Item(plugin="notes")) == [[0], [0]]


def test_each_facet_obeys_all_filters_but_its_own():
    items = (
        Item(texts=(("a",), (), ()), home=3, author=1, topics=(2,), language="et"),
        Item(texts=(("a", "b"), (), ()), home=2, type="process", age=60),
        Item(texts=(("b",), (), ()), home=3),
    )
    oracle = Oracle(replace(HOUSE, items=items))
    answer = oracle.finds(0, Query(("a",), types=("post",)))
    assert answer.hits == {0}
    assert answer.counts["type"] == {"post": 1, "process": 1}
    assert answer.counts["department"] == {"d0/d1": 1}
    assert answer.counts["time"] == {"day": 1, "week": 1, "month": 1, "year": 1}
    assert (answer.counts["author"], answer.counts["topic"], answer.counts["language"]) == (
        {"1": 1},
        {"2": 1},
        {"et": 1},
    )
    assert oracle.finds(0, Query(("a",), department=1)).counts["department"] == {"d0/d1/d3": 1}
    assert oracle.finds(1, Query(("n0001x",))).hits == {0}
    assert oracle.finds(1, Query(("t0002x", "a"), time="day")).hits == {0}
