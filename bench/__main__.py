"""`python -m bench`: runs scenarios, prints what was found, keeps it as JSON."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import psycopg

from bench import plan, report
from bench.config import OUTPUT, NotConfigured, services
from bench.errors import Broken
from bench.method import QUICK, Plan
from bench.report import BROKEN, Row
from bench.run import Bench
from bench.worker import Failed

SCENARIOS = ("start_page", "timeline", "search", "search_database", "gate", "quality", "ingest", "rosters")
SIZELESS = {"quality", "ingest", "rosters"}  # each works on a database of its own


def arguments(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measures the goals of docs/performance.md.")
    parser.add_argument("--scenarios", default=",".join(SCENARIOS), help="some of " + ", ".join(SCENARIOS))
    parser.add_argument("--sizes", default="10k,1m", help="some of " + ", ".join(plan.SIZES))
    parser.add_argument("--quick", action="store_true", help="3 rounds of 1 s instead of 5 of 3 s")
    parser.add_argument("--fresh", action="store_true", help="make the databases anew")
    parser.add_argument("--json", type=Path, help="where to write the result (var/bench/<date>.json)")
    chosen = parser.parse_args(argv)
    chosen.scenarios = _some(parser, chosen.scenarios, SCENARIOS)
    chosen.sizes = sorted(_some(parser, chosen.sizes.lower(), plan.SIZES), key=plan.SIZES.__getitem__)
    return chosen


def _some(parser: argparse.ArgumentParser, text: str, known: object) -> list[str]:
    names = [name.strip() for name in text.split(",") if name.strip()]
    for name in names:
        if name not in known:  # type: ignore[operator]
            parser.error(f"{name} is none of {', '.join(known)}")  # type: ignore[arg-type]
    return names


def rows_of(bench: Bench, name: str) -> Iterator[Row]:
    """One scenario. What goes wrong in it is a row that says so; the others go on."""
    try:
        yield from importlib.import_module(f"bench.scenarios.{name}").run(bench)
    except (Broken, Failed) as error:
        yield Row("-", f"scenario {name}", _one_line(error), "", BROKEN)


def _one_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0][:120]


def main(argv: list[str]) -> int:
    chosen = arguments(argv)
    measured_by = QUICK if chosen.quick else Plan()
    try:
        with ExitStack() as stack:
            bench = Bench(services(), chosen.sizes, measured_by, stack)
            if set(chosen.scenarios) - SIZELESS:
                bench.prepare(fresh=chosen.fresh)
            rows: list[Row] = []
            for name in chosen.scenarios:
                print(f"bench: {name} ...", file=sys.stderr, flush=True)
                rows += rows_of(bench, name)
    except (NotConfigured, Broken, psycopg.OperationalError) as error:
        print(_one_line(error) if isinstance(error, psycopg.Error) else error, file=sys.stderr)
        return 2
    print(report.table(rows))
    path = chosen.json or OUTPUT / f"{datetime.now(UTC):%Y-%m-%d-%H%M%S}.json"
    report.write(path, rows, {"scenarios": chosen.scenarios, "sizes": chosen.sizes, "plan": vars(measured_by)})
    print(f"\nwritten to {os.path.relpath(path)}")
    return 1 if report.failed(rows) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
