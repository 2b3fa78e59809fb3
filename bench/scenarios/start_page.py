"""G1: the start page's SQL, and its CPU against a bare view that returns the same HTML from memory."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

from bench.config import OUTPUT
from bench.errors import Broken
from bench.method import Measured, cpu_of, measure, overall, rate, slow, typical, work
from bench.report import INFO, MET, MISSED, Judge, Row, count_row
from bench.run import Bench
from bench.servers import Server, backends, fetch, load
from bench.worker import Worker

COLD, WARM, WIDGET = 12, 8, 2
CPU = 5.0


def run(bench: Bench) -> Iterator[Row]:
    yield from _counts(bench)
    with ExitStack() as stack:
        largest = bench.sizes[-1]
        cookie = bench.worker(largest).ask("value", "start_page.session", reader="median")
        portal, bare = _servers(bench, stack, largest, cookie)
        yield from _latency(bench, portal, bare, cookie)
        yield from _throughput(bench, portal, bare, cookie)


def _counts(bench: Bench) -> Iterator[Row]:
    """Exact: the first request of a process, of a person, and one that finds everything warm."""
    found: dict[str, tuple[int, int, int]] = {}
    for size in bench.sizes:
        with Worker(bench.services, size) as fresh:
            first = len(fresh.ask("queries", "start_page.get", reader="median"))
            cold = len(fresh.ask("queries", "start_page.get", reader="a300"))
            fresh.ask("value", "start_page.warm_stamps")
            warm = len(fresh.ask("queries", "start_page.get", reader="a300"))
            found[size] = (first, cold, warm)
            if size == bench.sizes[-1]:
                yield from _widgets(fresh)
    for size, (first, cold, warm) in found.items():
        yield Row("G1", f"SQL, first request of a process, {size}", str(first), "", INFO)
        yield count_row("G1", f"SQL cold (first request of a person), {size}", cold, COLD)
        yield count_row("G1", f"SQL warm, {size}", warm, WARM)
    if len(found) > 1:
        same = len({numbers[1:] for numbers in found.values()}) == 1
        yield Row("G1", "SQL the same at all sizes", "yes" if same else str(found), "yes", MET if same else MISSED)


def _widgets(worker: Worker) -> Iterator[Row]:
    for name in worker.ask("value", "start_page.widgets"):
        worker.ask("value", "start_page.widget", name=name, reader="median")
        count = len(worker.ask("queries", "start_page.widget", name=name, reader="median"))
        yield count_row("G1", f"SQL of the widget {name}", count, WIDGET)


def _servers(bench: Bench, stack: ExitStack, size: str, cookie: str) -> tuple[Server, Server]:
    portal = stack.enter_context(Server("bench.sites:application", bench.services.environment(size, "bench-portal")))
    html = fetch(portal, "/", cookie)
    kept = OUTPUT / "start.html"
    kept.write_bytes(html)
    environment = bench.services.environment(size, "bench-bare") | {"BENCH_HTML": str(kept)}
    bare = stack.enter_context(Server("bench.bare:application", environment))
    if abs(len(fetch(bare, "/", cookie)) - len(fetch(portal, "/", cookie))) > len(html) * 0.01:
        raise Broken("the two start pages differ in size")
    return portal, bare


def _measured(bench: Bench, portal: Server, bare: Server, cookie: str, clients: int) -> Measured:
    url = bench.services.database(bench.sizes[-1])
    contenders = {
        "portal": load(portal, "/", cookie, clients, {"database": backends(url, "bench-portal")}),
        "bare": load(bare, "/", cookie, clients, {"database": backends(url, "bench-bare")}),
        "bare again": load(bare, "/", cookie, clients, {"database": backends(url, "bench-bare")}),
    }
    return measure(contenders, bench.plan)


def _latency(bench: Bench, portal: Server, bare: Server, cookie: str) -> Iterator[Row]:
    measured = _measured(bench, portal, bare, cookie, 1)
    size = bench.sizes[-1]
    for name in ("portal", "bare"):
        samples = measured[name]
        cpu = {process: overall(samples, cpu_of(process)) * 1000 for process in ("server", "database")}
        text = f"p50 {overall(samples, typical) * 1000:.1f}, p95 {overall(samples, slow) * 1000:.1f} ms"
        text += f"; CPU {cpu['server']:.1f} + database {cpu['database']:.1f} ms"
        yield Row("-", f"start page, one client, {name}, {size}", text, "", INFO)
    judge = Judge(measured, "bare", "bare again", cpu_of("server"))
    yield judge.row("G1", f"start page, server CPU against the bare view, {size}", "portal", most=CPU)
    yield Judge(measured, "bare", "bare again", work).row(
        "G1", f"start page, CPU with the database's, {size}", "portal", most=None
    )


def _throughput(bench: Bench, portal: Server, bare: Server, cookie: str) -> Iterator[Row]:
    measured = _measured(bench, portal, bare, cookie, 4)
    size = bench.sizes[-1]
    for name in ("portal", "bare"):
        yield Row(
            "-",
            f"start page, four clients, {name}, {size}",
            f"{overall(measured[name], rate):.0f} requests/s",
            "",
            INFO,
        )
    judge = Judge(measured, "bare", "bare again", rate)
    yield judge.row("G1", f"start page, rate against the bare view, {size}", "portal", most=None)
