"""The plugin gate: what a check costs, with few and many plugins, and a page without it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from unittest import mock

from bench.cases.timeline import LIMIT, person
from portal.host import gate, rules, snapshot
from portal.host.registry import registry
from portal.people.models import Department
from portal.timeline.read import timeline_page

CHECKS = 1000  # an operation
OPEN = snapshot.Closed(frozenset(), 2**62)


def synthetic(plugins: int) -> tuple[snapshot.Snapshot, list[str]]:
    """The real snapshot with as many made-up plugins, half of them off in a third of the departments."""
    real = snapshot.current()
    slugs = [f"plugin{number}" for number in range(plugins)]
    bits = {slug: 1 << number for number, slug in enumerate(slugs)}
    every, half = (1 << plugins) - 1, (1 << plugins // 2) - 1
    on = {pk: half if pk % 3 == 0 else every for pk in real.on}
    pairs = [((slug, pk),) for slug in slugs for pk in real.on]
    gates: dict[int, tuple[tuple[str, int], ...]] = {1: (), **dict(enumerate(pairs, start=2))}
    made = replace(real, bits=bits, on=on, forced=dict.fromkeys(on, 0), gates=gates, newest_gate=len(gates),
                   gate_ids={}, _closed={}, _viewer_masks={})  # fmt: skip
    return made, slugs


def check(reader: str, plugins: int, closed: bool = False) -> Callable[[], None]:
    """A thousand questions whether a plugin is on for the reader; or which gates are closed."""
    who = person(reader)
    made, slugs = synthetic(plugins)
    asked = [slugs[number % plugins] for number in range(CHECKS)]

    def operation() -> None:
        before, snapshot._current = snapshot._current, made
        if closed:
            for _slug in asked:
                gate.closed_for(who)
        else:
            for slug in asked:
                gate.is_on_for(slug, who)
        snapshot._current = before

    return operation


def page_without(reader: str) -> Callable[[], object]:
    """A timeline page for which the gate has nothing to say."""
    who = person(reader)

    def operation() -> object:
        with mock.patch.object(gate, "closed_for", return_value=OPEN):
            return timeline_page(who, limit=LIMIT)

    return operation


def checks_of(reader: str, page: str) -> Callable[[], int]:
    """How often the gate is asked for a timeline page, or for the whole start page."""
    from bench.cases.start_page import get
    from bench.cases.timeline import page as timeline

    operation: Callable[[], Any] = timeline(reader) if page == "timeline" else get(reader)

    def count() -> int:
        with mock.patch.object(snapshot, "current", wraps=snapshot.current) as asked:
            operation()
        return asked.call_count

    return count


def first_plugin() -> str:
    return registry.active()[0].slug


def switch(on: bool) -> Callable[[], None]:
    """IT's change, for the whole organisation."""
    root = Department.objects.get(depth=1)
    state = rules.INHERIT if on else rules.FORCED_OFF

    def operation() -> None:
        rules.set_rule(first_plugin(), root, state, acting_person=None, reason="bench")

    return operation


def is_on() -> Callable[[], bool]:
    root = Department.objects.organisation()
    return lambda: gate.is_on_in(first_plugin(), root)


CASES: dict[str, Callable[..., Callable[[], Any]]] = {
    "check": check,
    "page_without": page_without,
    "checks_of": checks_of,
    "switch": switch,
    "is_on": is_on,
}
