"""G6 and G7: the unified search against its own body sent straight to Elasticsearch, and the price of the filter."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from bench.errors import Broken
from bench.method import measure, overall, slow, typical
from bench.report import INFO, Judge, Row, count_row
from bench.run import Bench
from bench.worker import Worker

WORDS = ("common", "mid", "rare")
BYTES, SQL = 5 * 1024, 3
FILTERS = {12: 1.2, 1000: 1.5}  # audiences: at most so many times the search without a filter


def run(bench: Bench) -> Iterator[Row]:
    if not bench.services.elasticsearch_url:
        raise Broken("set FOLKMOOT_TEST_ELASTICSEARCH_URL (tests/services/README.md)")
    size = bench.sizes[-1]
    worker = bench.worker(size)
    filled(worker, "search.index", bench.count(size), f"the search index of {size}")
    for word in WORDS:
        both = [worker.ask("value", "search.ids", reader="median", word=word, by=by) for by in ("straight", "unified")]
        if both[0] != both[1] or not both[0]:
            raise Broken(f"the unified search for a {word} word does not find what its own body finds")
    yield from _unified(bench, size)
    yield from _filter(bench, size)
    yield from _counts(bench, size)


def filled(worker: Worker, case: str, entries: int, name: str) -> None:
    """An index that holds all entries; what is in it from an earlier run is kept."""
    print(f"bench: {name} ...", file=sys.stderr, flush=True)
    if worker.ask("value", case) != entries:
        raise Broken(f"{name} does not hold all entries")


def _unified(bench: Bench, size: str) -> Iterator[Row]:
    worker = bench.worker(size)
    contenders = {}
    for word in WORDS:
        contenders[f"straight, {word}"] = worker.contender("search.straight", reader="median", word=word)
        contenders[f"unified, {word}"] = worker.contender("search.unified", reader="median", word=word)
    contenders["straight again, mid"] = contenders["straight, mid"]
    measured = measure(contenders, bench.plan)
    for name, samples in measured.items():
        text = f"p50 {overall(samples, typical) * 1000:.1f}, p95 {overall(samples, slow) * 1000:.1f} ms"
        yield Row("-", f"search, {name} word, {size}", text, "", INFO)
    for metric, limit, called in ((slow, 1.5, "p95"), (typical, None, "p50")):
        judge = Judge(measured, "straight, mid", "straight again, mid", metric)
        for word in WORDS:
            yield judge.row(
                "G6", f"unified search, {word} word, {called}, {size}", f"unified, {word}", most=limit,
                against=f"straight, {word}",
            )  # fmt: skip


def _filter(bench: Bench, size: str) -> Iterator[Row]:
    worker = bench.worker(size)
    for word in ("common", "mid"):
        contenders = {
            f"{count} audiences": worker.contender("search.straight", reader="median", word=word, audiences=count)
            for count in (0, *FILTERS)
        }
        contenders["0 again"] = contenders["0 audiences"]
        judge = Judge(measure(contenders, bench.plan), "0 audiences", "0 again")
        for count, limit in FILTERS.items():
            yield judge.row(
                "G7", f"filter of {count:,} audiences, {word} word, {size}", f"{count} audiences", most=limit
            )


def _counts(bench: Bench, size: str) -> Iterator[Row]:
    worker = bench.worker(size)
    cost = worker.ask("value", "search.cost", reader="median", word="mid")
    yield count_row("G6", f"requests to the engine, {size}", cost["requests"], 1)
    yield count_row("G6", f"bytes besides the audience ids, {size}", cost["bytes"], BYTES)
    statements = worker.ask("queries", "search.unified", reader="median", word="mid")
    yield count_row("G6", f"SQL of a search, {size}", len(statements), SQL)
