from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.host import explain, gate, snapshot
from portal.host.models import Gate, Rule
from portal.host.plugin import Manifest
from portal.host.registry import Installed, registry
from portal.host.snapshot import Gates, RuleRow, Viewer
from portal.people.models import Department

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SLUGS = ("a", "b", "c", "d")
REQUIRES = {"b": ("a",), "c": ("b",), "d": ("a", "b")}  # c needs b, which needs a


def installed(slug, default_on):
    manifest = Manifest(slug=slug, title=slug, summary="", version="1", requires=REQUIRES.get(slug, ()),
                        default_on=default_on)  # fmt: skip
    return Installed(manifest=manifest, config=SimpleNamespace(name=slug))


@st.composite
def worlds(draw):
    """Parents by department (number 0 is the root), defaults by plugin, rules, and somebody who belongs somewhere."""
    parents = [None] + [draw(st.integers(0, n)) for n in range(draw(st.integers(0, 7)))]
    defaults = {slug: draw(st.booleans()) for slug in SLUGS}
    places = st.tuples(st.sampled_from(SLUGS), st.integers(0, len(parents) - 1))
    hours = st.none() | st.integers(-2, 2)
    kinds = st.tuples(st.sampled_from(Rule.State.values), hours, hours)
    rules = draw(st.dictionaries(places, kinds, max_size=16))
    homes = draw(st.lists(st.integers(0, len(parents) - 1), max_size=3, unique=True))
    return parents, defaults, rules, homes


def moment(hours):
    return None if hours is None else NOW + timedelta(hours=hours)


def naive(world, slug, department):
    """The rules of the architecture, read word for word and for one cell at a time."""
    parents, defaults, rules, _homes = world
    chain = [department]
    while parents[chain[0]] is not None:
        chain.insert(0, parents[chain[0]])
    states = []
    for place in chain:
        state, begins, ends = rules.get((slug, place), ("inherit", None, None))
        if (begins is None or begins <= 0) and (ends is None or ends > 0):
            states.append(state)
    forced = [state for state in states if state.startswith("forced")]
    plain = [state for state in states if state in ("on", "off")]
    if forced:
        on, locked = forced[0] == "forced_on", True
    else:
        on, locked = (plain[-1] == "on" if plain else defaults[slug]), False
    return on and all(naive(world, required, department)[0] for required in REQUIRES.get(slug, ())), locked


def naive_for_viewer(world, slug):
    homes = world[3]
    if homes and naive(world, slug, homes[0])[1]:  # the first one is the primary department
        return naive(world, slug, homes[0])[0]
    return any(naive(world, slug, home)[0] for home in homes or [0])


def resolved(world, monkeypatch):
    """The snapshot of the world, what explains it, and its departments."""
    parents, defaults, rules, _homes = world
    monkeypatch.setattr(registry, "_plugins", {slug: installed(slug, defaults[slug]) for slug in SLUGS})
    paths = ["0000"]
    for number, parent in enumerate(parents[1:], start=1):
        paths.append(f"{paths[parent]}{number:04}")
    departments = [Department(pk=number, path=path, name=path) for number, path in enumerate(paths, start=1)]
    tree = sorted(((d.pk, d.path) for d in departments), key=lambda pair: pair[1])
    names = ("state", "starts_at", "ends_at")
    decided = {
        (slug, place + 1): dict(zip(names, (state, moment(begins), moment(ends)), strict=True))
        for (slug, place), (state, begins, ends) in rules.items()
    }
    rows = [RuleRow(*key, **values) for key, values in decided.items()]
    models = {
        (slug, paths[pk - 1]): Rule(plugin=slug, department=departments[pk - 1], **values)
        for (slug, pk), values in decided.items()
    }
    return snapshot.resolve(rows, tree, Gates({}, {}, 0), NOW), explain._Judge(models, NOW), departments


@given(world=worlds())
def test_the_snapshot_and_the_explanation_say_what_the_rules_say(world):
    with pytest.MonkeyPatch.context() as monkeypatch:
        made, judge, departments = resolved(world, monkeypatch)
        for number, department in enumerate(departments):
            for slug in SLUGS:
                on, locked = naive(world, slug, number)
                assert bool(made.mask_in(department.pk) & made.bits[slug]) is on
                assert bool(made.forced[department.pk] & made.bits[slug]) is locked
                assert judge.decide(slug, department.path).on is on
        homes = [home + 1 for home in world[3]]
        mask = made.mask_for(Viewer(homes[0] if homes else None, frozenset(homes)))
        assert {s: bool(mask & made.bits[s]) for s in SLUGS} == {s: naive_for_viewer(world, s) for s in SLUGS}


@given(world=worlds())
def test_a_snapshot_is_valid_until_the_next_rule_begins_or_ends(world):
    with pytest.MonkeyPatch.context() as monkeypatch:
        made, _judge, _departments = resolved(world, monkeypatch)
    hours = [hour for _state, begins, ends in world[2].values() for hour in (begins, ends) if hour and hour > 0]
    assert made.valid_until == moment(min(hours, default=None))


def test_gates_are_read_again_only_when_there_are_more(organisation, django_assert_num_queries):
    snapshot.current()
    with django_assert_num_queries(3):
        snapshot.build()
    (known,) = gate.intern_gates([f"microblog@{organisation.pk}"]).values()
    assert known in snapshot.current().gates
    assert snapshot.current().newest_gate == Gate.objects.order_by("-pk").first().pk
