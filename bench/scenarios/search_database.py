"""G12: search without Elasticsearch, on PostgreSQL and on SQLite, against the search with it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace

from bench import databases
from bench.config import Embedded, Services
from bench.errors import Broken
from bench.method import measure, overall, slow, typical
from bench.report import INFO, Judge, Row, count_row
from bench.run import Bench
from bench.scenarios.search import WORDS, filled
from bench.worker import Worker

BOUND = 100.0  # milliseconds a common word may take, whatever there is of it


def run(bench: Bench) -> Iterator[Row]:
    if not bench.services.elasticsearch_url:
        raise Broken("set FOLKMOOT_TEST_ELASTICSEARCH_URL (tests/services/README.md)")
    size = bench.sizes[-1]
    for name, services in (("PostgreSQL", replace(bench.services, elasticsearch_url="")), ("SQLite", Embedded())):
        yield from _on(bench, size, name, services)


def _on(bench: Bench, size: str, name: str, services: Services | Embedded) -> Iterator[Row]:
    databases.ensure(services, size)
    with ExitStack() as stack:
        there, here = bench.worker(size), stack.enter_context(Worker(services, size))
        filled(there, "search.index", bench.count(size), f"the search index of {size}")
        filled(here, "search.database_index", bench.count(size), f"the index of {name}, {size}")
        contenders = {}
        for word in WORDS:
            if not here.ask("value", "search.ids", reader="median", word=word, by="database"):
                raise Broken(f"the search for a {word} word finds nothing in {name}")
            contenders[f"database, {word}"] = here.contender(
                "search.unified", reader="median", word=word, engine="database"
            )
        contenders["elasticsearch, rare"] = there.contender("search.unified", reader="median", word="rare")
        contenders["elasticsearch, rare again"] = contenders["elasticsearch, rare"]
        measured = measure(contenders, bench.plan)
    for word in WORDS:
        samples = measured[f"database, {word}"]
        text = f"p50 {overall(samples, typical) * 1000:.1f}, p95 {overall(samples, slow) * 1000:.1f} ms"
        yield Row("-", f"search by {name}, {word} word, {size}", text, "", INFO)
        yield count_row("G12", f"search by {name}, {word} word, p50, {size}",
                        round(overall(samples, typical) * 1000, 1), BOUND, "ms")  # fmt: skip
    judge = Judge(measured, "elasticsearch, rare", "elasticsearch, rare again")
    yield judge.row("G12", f"search by {name} against Elasticsearch, rare word, {size}", "database, rare", most=1.0)
