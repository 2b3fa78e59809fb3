"""G4 and G5: the timeline read against hand-written SQL, over sizes, and for the worst readers."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median

from bench.errors import Broken
from bench.method import Measured, Run, measure, overall, typical, work
from bench.report import INFO, Judge, Row
from bench.run import Bench

DEEP = 0.8  # of all activities are newer than the deep page

# What each reader's page is held against the median reader's: at most so many times.
WORST = 3.0
READERS = {
    "one": "audience: everyone",
    "quiet": "quiet reader",
    "a300": "300 audiences",
    "a900": "900 audiences",
    "joiner": "new joiner",
    "moved": "just moved",
    "gated": "every plugin closed",
}


def run(bench: Bench) -> Iterator[Row]:
    for size in bench.sizes:
        _check(bench, size)
    largest = bench.sizes[-1]
    measured = measure(_contenders(bench), bench.plan)
    judge = Judge(measured, "median", "median again", work)
    yield from _times(measured)
    yield judge.row("G4", f"timeline page, median reader, {largest}", "median", most=1.3, against="by hand",
                    note="hand-written SQL = 1")  # fmt: skip
    if len(bench.sizes) > 1:
        yield judge.row("G5", f"timeline page, {largest} against {bench.sizes[0]}", "median", most=1.2, against="small")
    for reader, what in READERS.items():
        yield judge.row("G5", f"{what}, {largest}", reader, most=WORST)
    for name in ("deep, median", "deep, a900", "revoked"):
        yield judge.row("G5", f"{name}, {largest}", name, most=WORST)
    yield from _narrowed(bench, largest)
    yield from _queries(bench)


def _contenders(bench: Bench) -> dict[str, Run]:
    large, largest = bench.worker(bench.sizes[-1]), bench.count(bench.sizes[-1])
    depth = int(largest * DEEP)
    contenders = {
        "median": large.contender("timeline.page", reader="median"),
        "median again": large.contender("timeline.page", reader="median"),
        "by hand": large.contender("timeline.by_hand", reader="median"),
        "deep, median": large.contender("timeline.page", reader="median", depth=depth),
        "deep, a900": large.contender("timeline.page", reader="a900", depth=depth),
        "revoked": large.contender("timeline.just_revoked", reader="revoked"),
    }
    contenders |= {reader: large.contender("timeline.page", reader=reader) for reader in READERS}
    if len(bench.sizes) > 1:
        contenders["small"] = bench.worker(bench.sizes[0]).contender("timeline.page", reader="median")
    return contenders


def _check(bench: Bench, size: str) -> None:
    """The page by hand and the project's are the same page, and it is full."""
    worker = bench.worker(size)
    mine = worker.ask("value", "timeline.ids", reader="median")
    by_hand = worker.ask("value", "timeline.ids_by_hand", reader="median")
    if mine != by_hand or len(mine) != 20:
        raise Broken(f"the timeline page at {size} is not what the SQL by hand gives: {mine} and {by_hand}")


def _times(measured: Measured) -> Iterator[Row]:
    for name, samples in measured.items():
        text = f"{overall(samples, typical) * 1000:.1f} ms; CPU {overall(samples, work) * 1000:.1f} ms"
        yield Row("-", f"timeline page, {name}", text, "", INFO)


def _narrowed(bench: Bench, size: str) -> Iterator[Row]:
    """The timeline of one kind: no goal yet, and too slow to repeat, so a few single pages are timed."""
    for reader in ("median", "quiet", "a900"):
        times, *_rest = bench.worker(size).ask(
            "run", "timeline.page", reader=reader, kind="managed", seconds=bench.plan.seconds / 10
        )
        yield Row("-", f"narrowed to kind managed (2%), {reader}, {size}", f"{median(times) * 1000:.0f} ms", "", INFO)


def _queries(bench: Bench) -> Iterator[Row]:
    """Exact counts of a warm page."""
    for size in bench.sizes:
        for reader in ("median", "a900"):
            worker = bench.worker(size)
            worker.ask("value", "timeline.ids", reader=reader)
            worker.ask("value", "start_page.warm_stamps")
            statements = worker.ask("queries", "timeline.page", reader=reader)
            yield Row("-", f"SQL of a warm page, {reader}, {size}", str(len(statements)), "", INFO)
