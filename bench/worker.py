"""A process of the project that runs cases when told to: one JSON line in, one out.

`python -m bench.worker`, with the environment of one database. So every size has caches and connections of its own,
and two of them can be measured side by side.
"""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any, Protocol

from bench.config import ROOT
from bench.method import Run, Sample
from bench.processes import postgres_seconds

MODULES = ("timeline", "gate", "start_page", "search", "rosters")


class Failed(Exception):
    """A case raised in the worker; the text is its error."""


class Environments(Protocol):
    """What tells a process which database it works on: bench.config.Services, or another."""

    def environment(self, size: str, name: str) -> dict[str, str]: ...


class Worker:
    """The parent's end. Use as a context manager."""

    def __init__(self, services: Environments, size: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", "bench.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=services.environment(size, "bench-worker"),
            cwd=ROOT,
            text=True,
        )
        self.ask("ready")

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *_error: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(timeout=20)

    def ask(self, order: str, case: str = "", **options: Any) -> Any:
        """Carries out an order; see ORDERS. Raises Failed."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(json.dumps([order, case, options]), file=self._process.stdin, flush=True)
        answer = self._process.stdout.readline()
        if not answer:
            raise Failed(f"the worker ended during {order} {case}")
        result = json.loads(answer)
        if "error" in result:
            raise Failed(f"{order} {case}: {result['error']}")
        return result["value"]

    def contender(self, case: str, **options: Any) -> Run:
        """One case as method.measure wants it."""

        def run(seconds: float) -> Sample:
            times, took, worker, database = self.ask("run", case, seconds=seconds, **options)
            return Sample(tuple(times), took, {"worker": worker, "database": database})

        return run


class Cases:
    """The worker's end: cases are prepared once for each set of options and kept."""

    def __init__(self) -> None:
        self._makers: dict[str, Callable[..., Callable[[], Any]]] = {}
        for name in MODULES:
            module = importlib.import_module(f"bench.cases.{name}")
            self._makers |= {f"{name}.{case}": maker for case, maker in module.CASES.items()}
        self._ready: dict[str, Callable[[], Any]] = {}

    def prepared(self, case: str, options: dict[str, Any]) -> Callable[[], Any]:
        key = json.dumps([case, options], sort_keys=True)
        if key not in self._ready:
            self._ready[key] = self._makers[case](**options)
        return self._ready[key]

    def carry_out(self, order: str, case: str, options: dict[str, Any]) -> Any:
        if order == "ready":
            return True
        if order == "run":
            seconds = options.pop("seconds")
            return _run(self.prepared(case, options), seconds)
        operation = self.prepared(case, options)
        return operation() if order == "value" else _queries(operation)


def _run(operation: Callable[[], Any], seconds: float) -> tuple[list[float], float, float, float]:
    """Repeats the operation for so long: each one's seconds, seconds in all, CPU seconds here and in the database."""
    from django.db import connection

    connection.ensure_connection()
    server = connection.connection.info.backend_pid if connection.vendor == "postgresql" else 0
    times: list[float] = []
    database = postgres_seconds(server)
    began, cpu = time.perf_counter(), time.process_time()
    now = began
    while now - began < seconds:
        operation()
        then, now = now, time.perf_counter()
        times.append(now - then)
    return times, now - began, time.process_time() - cpu, postgres_seconds(server) - database


def _queries(operation: Callable[[], Any]) -> list[str]:
    """The SQL of one operation."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as captured:
        operation()
    return [query["sql"] for query in captured.captured_queries]


def main() -> None:
    import django

    django.setup()
    from bench import groups

    groups.provide()
    cases = Cases()
    answers, sys.stdout = sys.stdout, sys.stderr  # nothing else may write between the answers
    for line in sys.stdin:
        order, case, options = json.loads(line)
        try:
            result: dict[str, Any] = {"value": cases.carry_out(order, case, options)}
        except Exception as error:
            result = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(result), file=answers, flush=True)


if __name__ == "__main__":
    main()
