"""G8: what ingestion costs over the bare rows and over bare documents, what the same costs again, and memory.

Each measurement is a process of its own (bench/ingest.py, bench/searchable.py) on a database that is made anew.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator

from bench import databases
from bench.config import OUTPUT, ROOT
from bench.errors import Broken
from bench.method import AGREEMENT, QUICK, interval
from bench.report import INFO, MET, MISSED, VOID, Row, count_row
from bench.run import Bench

NAME = "ingest"
ROWS, QUICK_ROWS = 100_000, 20_000
FEWEST, MOST = 10_000, 1_000_000
MEGABYTES = 50
# A workbook ends at 200,000 rows (portal/ingestion/formats/xlsx.py), and is the slowest to read.
LARGEST = {"csv": MOST, "json": MOST, "xlsx": 100_000}
DEAREST, CHEAPER = 5.0, 3.0
TASKS, QUICK_TASKS = 20_000, 5_000


def run(bench: Bench) -> Iterator[Row]:
    quick = bench.plan.rounds <= QUICK.rounds
    rounds = [_delivered(bench, QUICK_ROWS if quick else ROWS) for _round in range(bench.plan.rounds)]
    yield from deliveries(rounds)
    for form, most in LARGEST.items():
        few, many = (_measured(bench, f"read-{form}", rows) for rows in (FEWEST, most // 10 if quick else most))
        grown = round(many["megabytes"] - few["megabytes"], 1)
        what = f"memory from {few['rows']:,} to {many['rows']:,} rows of {form}"
        yield count_row("G8", what, grown, MEGABYTES, "MB")
    grown = max(found["megabytes"] for found in rounds)
    yield count_row("G8", "memory of a whole delivery, applied", round(grown, 1), MEGABYTES, "MB")
    if bench.services.elasticsearch_url:
        tasks = QUICK_TASKS if quick else TASKS
        yield _found([_searchable(bench, tasks) for _round in range(bench.plan.rounds)])


def deliveries(rounds: list[dict[str, float]]) -> Iterator[Row]:
    """Rows of what was measured in each round; void if the bare rows cost something else when written again."""
    same = interval([found["bare_again"] / found["bare"] for found in rounds])
    void = not 1 / AGREEMENT <= same.value <= AGREEMENT
    cost = interval([found["first"] / found["bare"] for found in rounds])
    again = interval([found["first"] / found["again"] for found in rounds])
    nearly = interval([found["first"] / found["nearly"] for found in rounds])
    for what, found, fine, target in (
        ("a delivery by CSV against a bare bulk upsert of its rows", cost, cost.value <= DEAREST, "at most 5x"),
        ("a delivery against the same once more", again, again.value >= CHEAPER, "at least 3x"),
    ):
        yield Row("G8", what, str(found), target, VOID if void else MET if fine else MISSED)
    what = "a delivery against the same with one more row"
    yield Row("G8", what, str(nearly), "no target", VOID if void else INFO)


def _found(rounds: list[dict[str, float]]) -> Row:
    """Seconds, not CPU: Elasticsearch is many threads. Void if the bare documents cost something else again."""
    same = interval([found["raw_again"] / found["raw"] for found in rounds])
    cost = interval([found["seconds"] / found["raw"] for found in rounds])
    void = not 1 / AGREEMENT <= same.value <= AGREEMENT
    what = f"{rounds[0]['rows']:,} tasks until they are found, against raw _bulk of their documents"
    status = VOID if void else MET if cost.value <= DEAREST else MISSED
    return Row("G8", what, str(cost), f"at most {DEAREST:g}x", status)


def _searchable(bench: Bench, rows: int) -> dict[str, float]:
    _anew(bench)
    found: dict[str, float] = json.loads(_python(bench, "-m", "bench.searchable", str(rows)))
    return found


def _delivered(bench: Bench, rows: int) -> dict[str, float]:
    _anew(bench)
    _python(bench, "-m", "bench.ingest", "prepare")
    return _measured(bench, "deliver", rows)


def _anew(bench: Bench) -> None:
    databases.recreate(bench.services, NAME)
    _python(bench, "manage.py", "migrate", "--verbosity=0", "--skip-checks")


def _measured(bench: Bench, order: str, rows: int) -> dict[str, float]:
    found: dict[str, float] = json.loads(_python(bench, "-m", "bench.ingest", order, str(rows)))
    return found


def _python(bench: Bench, *command: str) -> str:
    environment = bench.services.environment(NAME, "bench-ingest") | {"FOLKMOOT_DATA_DIR": str(OUTPUT / NAME)}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", *command],
        env=environment, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise Broken(f"{' '.join(command)} failed; the reason is above")
    return done.stdout.splitlines()[-1] if done.stdout else ""
