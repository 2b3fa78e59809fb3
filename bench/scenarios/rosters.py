"""Somebody's week among 10,000 shifts and among a million: the same queries, and hardly more time. On both databases.

Each measurement works on a database of its own (bench/rosters.py), made anew.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack

from bench import databases
from bench.config import ROOT, Embedded, Services
from bench.errors import Broken
from bench.method import QUICK, measure, overall, typical, work
from bench.report import INFO, Judge, Row, count_row
from bench.run import Bench
from bench.worker import Worker

FEW, MANY, QUICK_MANY = 10_000, 1_000_000, 100_000
MOST = 1.2
GOAL = "rosters"


def run(bench: Bench) -> Iterator[Row]:
    many = QUICK_MANY if bench.plan.rounds <= QUICK.rounds else MANY
    for stack, services in (("SQLite", Embedded()), ("PostgreSQL", bench.services)):
        yield from _on(bench, stack, services, many)


def _on(bench: Bench, stack: str, services: Services | Embedded, many: int) -> Iterator[Row]:
    with ExitStack() as open_ones:
        few_there, many_there = (
            open_ones.enter_context(Worker(services, _made(services, count))) for count in (FEW, many)
        )
        days = [worker.ask("value", "rosters.my_week") for worker in (few_there, many_there)]
        if days[0] != days[1] or not sum(days[0]):
            raise Broken(f"the week is not the same at both sizes: {days}")
        counts = [len(worker.ask("queries", "rosters.my_week")) for worker in (few_there, many_there)]
        what = f"SQL of my week, {FEW:,} and {many:,} shifts, {stack}"
        yield count_row(GOAL, what, counts[1], counts[0])
        measured = measure(
            {
                "few": few_there.contender("rosters.my_week"),
                "few again": few_there.contender("rosters.my_week"),
                "many": many_there.contender("rosters.my_week"),
                "few, page": few_there.contender("rosters.page"),
                "page": many_there.contender("rosters.page"),
            },
            bench.plan,
        )
    judge = Judge(measured, "few", "few again", work)
    yield judge.row(GOAL, f"my week, {many:,} against {FEW:,} shifts, {stack}", "many", most=MOST)
    yield judge.row(GOAL, f"its whole page, {stack}", "page", most=MOST, against="few, page")
    text = f"{overall(measured['many'], typical) * 1000:.2f} ms"
    yield Row("-", f"my week, {many:,} shifts, {stack}", text, "", INFO)


def _made(services: Services | Embedded, count: int) -> str:
    """The name of a new database with so many shifts."""
    name = f"rosters_{count}"
    databases.recreate(services, name)
    environment = services.environment(name, "bench-rosters")
    for command in (["manage.py", "migrate", "--verbosity=0", "--skip-checks"], ["-m", "bench.rosters", str(count)]):
        done = subprocess.run(
            [sys.executable, "-W", "ignore", *command],
            env=environment, cwd=ROOT, stdout=subprocess.DEVNULL, check=False,
        )  # fmt: skip
        if done.returncode:
            raise Broken(f"{' '.join(command)} failed; the reason is above")
    return name
