"""The quality of search: the judged queries of bench/quality, asked of both engines and of Wagtail's stock backend.

Works on the demo organisation in a database of its own, seeded anew with each run and measured in a process of its own.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

from bench import databases
from bench.config import OUTPUT, ROOT
from bench.errors import Broken
from bench.report import INFO, MET, MISSED, Row
from bench.run import Bench

NAME = "quality"
PARTS = ("tuning", "held-out")
LEAST = {"elasticsearch": 0.90, "database": 0.75}
CLOSED, NEAR = 0.5, 0.95

Figures = dict[tuple[str, str, str], dict[str, Any]]


def run(bench: Bench) -> Iterator[Row]:
    if not bench.services.elasticsearch_url:
        raise Broken("set FOLKMOOT_TEST_ELASTICSEARCH_URL (tests/services/README.md)")
    databases.recreate(bench.services, NAME)
    environment = bench.services.environment(NAME, "bench-quality") | {
        "FOLKMOOT_DEMO": "1",
        "FOLKMOOT_DATA_DIR": str(OUTPUT / NAME),
    }
    result = OUTPUT / NAME / "figures.json"
    _python(environment, "manage.py", "demo", "--seed-only")
    _python(environment, "-m", "bench.quality", "--json", str(result))
    yield from rows({(row["engine"], row["part"], row["of"]): row for row in json.loads(result.read_text())})


def _python(environment: dict[str, str], *command: str) -> None:
    """What it says goes to the errors: the scenario's own output is its rows."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", *command], env=environment, cwd=ROOT, stdout=sys.stderr, check=False
    )
    if done.returncode:
        raise Broken(f"{' '.join(command)} failed; the reason is above")


def rows(figures: Figures) -> Iterator[Row]:
    """Every goal for both parts; then each language and sort for information."""
    for part in PARTS:
        stock = figures["stock", part, "all"]["ndcg"]
        yield Row("-", f"nDCG@10, stock backend, {part}", f"{stock:.3f}")
        for engine, least in LEAST.items():
            yield _least("Q", f"nDCG@10, {engine}, {part}", figures[engine, part, "all"]["ndcg"], least)
        mine = figures["elasticsearch", part, "all"]
        closed = (mine["ndcg"] - stock) / (1 - stock)
        yield _least("Q", f"of what the stock backend leaves to 1, closed, {part}", closed, CLOSED)
        yield _least("Q", f"misspelt people among the first three, elasticsearch, {part}", mine["near"], NEAR)
    for (engine, part, of), found in figures.items():
        yield Row("-", f"{engine}, {part}, {of}", _all(found), "", INFO, found)


def _least(goal: str, what: str, found: float, least: float) -> Row:
    status = MET if found >= least else MISSED
    return Row(goal, what, f"{found:.3f}", f"at least {least:g}", status, {"value": found})


def _all(found: dict[str, Any]) -> str:
    named = {
        "ndcg": "nDCG",
        "known": "RR of known",
        "near": "misspelt",
        "typed": "suggested",
        "typing": "suggested early",
        "silent": "nothing",
    }
    figures = [f"{text} {found[name]:.3f}" for name, text in named.items() if found[name] is not None]
    return ", ".join([*figures, f"{found['queries']} queries"])
