"""G9: what the gate costs, and how fast a change is everywhere."""

from __future__ import annotations

import time
from collections.abc import Iterator

from bench.errors import Broken
from bench.method import Measured, Plan, measure, overall, work
from bench.report import INFO, Judge, Row, count_row
from bench.run import Bench
from bench.worker import Worker

CHECKS = 1000  # in one operation, see cases/gate.py
CHANGES = 5


def run(bench: Bench) -> Iterator[Row]:
    size = bench.sizes[0]
    worker = bench.worker(size)
    checks = {n: worker.contender("gate.check", reader="median", plugins=n) for n in (10, 100)}
    contenders = {
        "10 plugins": checks[10],
        "10 plugins again": checks[10],
        "100 plugins": checks[100],
        "closed, 100 plugins": worker.contender("gate.check", reader="median", plugins=100, closed=True),
        "page": worker.contender("timeline.page", reader="median"),
        "page again": worker.contender("timeline.page", reader="median"),
        "page without the gate": worker.contender("gate.page_without", reader="median"),
    }
    plan = Plan(bench.plan.rounds, bench.plan.seconds / 2, bench.plan.turns, bench.plan.seed)
    measured = measure(contenders, plan)
    yield from _costs(bench, measured)
    judge = Judge(measured, "10 plugins", "10 plugins again", work)
    yield judge.row("G9", "a check with 100 plugins against 10", "100 plugins", most=1.2)
    yield Judge(measured, "page", "page again", work).row(
        "G9", "timeline page against one with the gate taken out", "page", most=None, against="page without the gate"
    )
    statements = worker.ask("queries", "gate.check", reader="median", plugins=100)
    yield count_row("G9", "SQL of 1,000 checks", sum("audience_stamp" not in sql for sql in statements), 0)
    yield from _large(worker)
    yield _everywhere(bench, size)


def _large(worker: Worker) -> Iterator[Row]:
    """2,000 departments x 40 plugins x 3,000 rules."""
    seconds = worker.ask("value", "gate.build_large")
    yield count_row("G9", "building the snapshot at 2,000x40x3,000", round(seconds, 3), 0.5, "s")
    check = worker.ask("value", "gate.check_large", reader="median")
    yield count_row("G9", "one check at that size", round(check["microseconds"], 2), 2, "microseconds")
    yield count_row("G9", "SQL of 5,000 checks at that size", check["sql"], 0)


def _costs(bench: Bench, measured: Measured) -> Iterator[Row]:
    worker = bench.worker(bench.sizes[0])
    each = {name: overall(measured[name], work) / CHECKS * 1e6 for name in ("10 plugins", "100 plugins")}
    for name, microseconds in each.items():
        yield count_row("G9", f"one check, {name}", round(microseconds, 2), 1.5, "microseconds")
    closed = overall(measured["closed, 100 plugins"], work) / CHECKS * 1e6
    yield Row("G9", "closed gates of a reader, 100 plugins", f"{closed:.2f} microseconds", "", INFO)
    asked = {page: worker.ask("value", "gate.checks_of", reader="median", page=page) for page in ("timeline", "start")}
    total = asked["start"] * each["10 plugins"]
    yield count_row("G9", f"in all for a start page ({asked['start']} checks)", round(total, 1), 5, "microseconds")
    share = asked["timeline"] * each["10 plugins"] / (overall(measured["page"], work) * 1e6) * 100
    yield count_row("G9", f"share of a timeline page ({asked['timeline']} checks)", round(share, 3), 1, "%")


def _everywhere(bench: Bench, size: str) -> Row:
    """Seconds from before a change in one process until another process obeys it; the longest of several."""
    longest = 0.0
    changer = bench.worker(size)
    with Worker(bench.services, size) as other:
        for number in range(CHANGES * 2):
            on = number % 2 == 1
            if other.ask("value", "gate.is_on") is on:
                raise Broken("a change of a plugin's rule had no effect")
            began = time.perf_counter()
            changer.ask("value", "gate.switch", on=on)
            while other.ask("value", "gate.is_on") is not on:
                if time.perf_counter() - began > 10:
                    raise Broken("a change of a plugin's rule did not reach another process")
                time.sleep(0.005)
            longest = max(longest, time.perf_counter() - began)
            time.sleep(0.13)  # so that the changes do not fall into step with the reading of the stamps
    return count_row("G9", f"change in another process, longest of {CHANGES * 2}", round(longest, 2), 1, "s")
