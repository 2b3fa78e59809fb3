"""The plugin gate: what a check costs, with few and many plugins, and a page without it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Any
from unittest import mock

from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from bench.cases.timeline import LIMIT, person
from portal.host import gate, rules, snapshot
from portal.host.models import Rule
from portal.host.plugin import Manifest, Plugin
from portal.host.registry import Installed, registry
from portal.people.models import Department
from portal.timeline.read import timeline_page

CHECKS = 1000  # an operation
DEPARTMENTS, PLUGINS, RULES = 2000, 40, 3000
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


@contextmanager
def large() -> Iterator[None]:
    """2,000 more departments, 40 made-up plugins and 3,000 rules, a tenth of them timed; gone at the end."""
    random, slugs = Random(4), [f"plugin{number}" for number in range(PLUGINS)]
    plugins = {slug: made_up(slug, number) for number, slug in enumerate(slugs)}
    with mock.patch.object(registry, "_plugins", plugins), transaction.atomic():
        departments = Department.objects.bulk_create(tree())
        cells = random.sample([(slug, d.pk) for slug in slugs for d in departments], RULES)
        until = timezone.now() + timedelta(days=1)
        Rule.objects.bulk_create(
            Rule(plugin=slug, department_id=pk, state=random.choice(Rule.State.values),
                 ends_at=until if number % 10 == 0 else None)
            for number, (slug, pk) in enumerate(cells)
        )  # fmt: skip
        yield
        transaction.set_rollback(True)


def made_up(slug: str, number: int) -> Installed:
    """Every fourth needs the one before it."""
    requires = (f"plugin{number - 1}",) if number % 4 == 3 else ()
    manifest = Manifest(slug=slug, title=slug, summary="", version="1", requires=requires)
    return Installed(manifest=manifest, config=Plugin.__new__(Plugin))


def tree() -> list[Department]:
    """Eight departments below each, in a branch of its own below the organisation."""
    root = Department.objects.get(depth=1)
    paths, children = [f"{root.path}ZZZZ"], [0] * DEPARTMENTS
    for number in range(1, DEPARTMENTS):
        above = (number - 1) // 8
        children[above] += 1
        paths.append(f"{paths[above]}{children[above]:04}")
    return [
        Department(path=path, depth=len(path) // Department.steplen, name=path, slug=f"bench{number}",
                   url_path=f"bench/{number}")
        for number, path in enumerate(paths)
    ]  # fmt: skip


def build_large() -> Callable[[], float]:
    """Seconds to build the snapshot from nothing, the shortest of five."""

    def operation() -> float:
        took = []
        with large():
            for _turn in range(5):
                snapshot.forget()
                began = time.perf_counter()
                snapshot.build()
                took.append(time.perf_counter() - began)
        snapshot.forget()
        return min(took)

    return operation


def check_large(reader: str) -> Callable[[], dict[str, float]]:
    """Microseconds of one check by a warm process, the shortest of five thousands, and the SQL they cost."""
    who = person(reader)

    def operation() -> dict[str, float]:
        with large():
            snapshot.forget()
            made = snapshot.current()
        gate.is_on_for(next(iter(made.bits)), who)  # what the process knows of the reader is warm as well
        took = []
        with CaptureQueriesContext(connection) as asked:
            for _turn in range(5):
                began = time.perf_counter()
                for number in range(CHECKS):
                    gate.is_on_for(f"plugin{number % PLUGINS}", who)
                took.append(time.perf_counter() - began)
        assert snapshot.current() is made
        snapshot.forget()
        sql = sum("audience_stamp" not in query["sql"] for query in asked.captured_queries)
        return {"microseconds": min(took) / CHECKS * 1e6, "sql": sql}

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
    "build_large": build_large,
    "check_large": check_large,
    "page_without": page_without,
    "checks_of": checks_of,
    "switch": switch,
    "is_on": is_on,
}
