"""`python -m bench.searchable ROWS`: from the validation of a delivery until its items are found, told as JSON.

Works on the database and the Elasticsearch server that the environment names, which the scenario `ingest` makes. Each
item is a task, that is, several rows and a document of its own.
"""

from __future__ import annotations

import json
import multiprocessing
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from bench import ingest

PEOPLE = 500
TITLES = ("Renew the contract of", "Check the delivery for", "Answer the question of", "Order what is missing for")
CHUNK = 500  # documents in one raw request, as many as the project sends


def write_csv(path: Path, count: int) -> None:
    """Tasks of all people, all different."""
    with path.open("w") as file:
        print("id,title,assignee,due,state,url,system,priority", file=file)
        for number in range(count):
            title = f"{TITLES[number % len(TITLES)]} ward {number % 97} and customer {number}"
            print(f"task-{number},{title},p{number % PEOPLE}@bench.example,2027-{number % 12 + 1:02}-"
                  f"{number % 28 + 1:02},open,https://tasks.example/{number},Bench,normal", file=file)  # fmt: skip


def prepare() -> Any:
    """People, and a source of their tasks. Returns the source."""
    from portal.ingestion.actions import create_source
    from portal.people.actions import create_department
    from portal.people.models import Membership, Person

    home = create_department("Tasks", acting_person=None)
    people = [Person(username=f"task{n}", email=f"p{n}@bench.example", password="!") for n in range(PEOPLE)]
    Person.objects.bulk_create(people)
    Membership.objects.bulk_create([Membership(person=person, department=home, is_primary=True) for person in people])
    return create_source("bench-tasks", adapter="tasks.csv", name="tasks", department=home, acting_person=None)


def worker() -> Callable[[], None]:
    """Starts a second process that indexes while this one applies, as an installation's workers do.

    Returns what waits until it has indexed all that was applied by then, and has ended.
    """
    context = multiprocessing.get_context("spawn")
    ready, applied = context.Event(), context.Event()
    process = context.Process(target=_index, args=(ready, applied), daemon=True)
    process.start()

    def wait() -> None:
        applied.set()
        process.join()
        if process.exitcode:
            raise SystemExit("the process that indexes has failed; the reason is above")

    if not ready.wait(60):
        raise SystemExit("the process that indexes has not started")
    return wait


def _index(ready: Any, applied: Any) -> None:
    import django

    django.setup()
    from search import engines

    engine = engines.elasticsearch_engine()
    assert engine is not None
    engine.drain()
    ready.set()
    while engine.drain() or not applied.is_set() or engine.drain():
        time.sleep(0.01)


def deliver(source: Any, path: Path) -> float:
    """Seconds from the first look at a delivery until Elasticsearch finds all of it."""
    delivery = ingest.received(source, path)
    wait = worker()
    began = time.perf_counter()
    ingest.apply(delivery)
    wait()
    return time.perf_counter() - began


def lines(documents: Sequence[dict[str, Any]], numbers: Sequence[int]) -> Iterator[bytes]:
    """The bodies of raw requests with these documents, made before anything is timed."""
    for first in range(0, len(documents), CHUNK):
        some = zip(numbers[first : first + CHUNK], documents[first : first + CHUNK], strict=True)
        text = "".join(
            f'{{"index": {{"_id": "{pk}"}}}}\n{json.dumps(found, default=datetime.isoformat)}\n' for pk, found in some
        )
        yield text.encode()


def raw(client: Any, bodies: Sequence[bytes]) -> float:
    """Seconds of the same documents sent to a new index of the same make by `_bulk` alone, until they are found."""
    import urllib3

    from search.engines.elastic.mapping import index_definition

    name = "folkmoot_bench_raw"
    client.options(ignore_status=404).indices.delete(index=name)
    client.indices.create(index=name, **index_definition())
    node = next(iter(client.transport.node_pool.all()))
    pool = urllib3.PoolManager()
    began = time.perf_counter()
    for body in bodies:
        answer = pool.request(
            "POST", f"{node.base_url}/{name}/_bulk", body=body, headers={"Content-Type": "application/x-ndjson"}
        )
        if answer.status != 200 or answer.json()["errors"]:
            raise SystemExit(f"the raw documents were refused: {answer.data[:300]!r}")
    client.indices.refresh(index=name)
    took = time.perf_counter() - began
    client.indices.delete(index=name)
    return took


def main(rows: int) -> dict[str, float]:
    from django.conf import settings
    from elasticsearch import Elasticsearch

    from portal.catalogue.models import Entry
    from search import engines
    from search.engines.elastic import comparison, indexes
    from search.engines.elastic.mapping import document

    engine = engines.elasticsearch_engine()
    if engine is None:
        raise SystemExit("this needs Elasticsearch: set ELASTICSEARCH_URL")
    engine.drop()  # type: ignore[attr-defined]
    source = prepare()
    while engine.drain() or engine.drain():  # the index is made, and what was there before is in it
        pass
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "tasks.csv"
        write_csv(path, rows)
        seconds = deliver(source, path)
    client = Elasticsearch(settings.ELASTICSEARCH_URL, request_timeout=60.0)
    entries = list(Entry.objects.filter(label="tasks.task").select_related("author"))
    found = comparison.totals(client, indexes.alias())[0]
    if not len(entries) == rows <= found:
        raise SystemExit(f"{rows} tasks were delivered, {len(entries)} are kept and {found} documents are found")
    bodies = list(lines([document(entry) for entry in entries], [entry.pk for entry in entries]))
    result = {"rows": rows, "seconds": seconds, "raw": raw(client, bodies), "raw_again": raw(client, bodies)}
    engine.drop()  # type: ignore[attr-defined]
    return result


if __name__ == "__main__":
    import django

    django.setup()
    print(json.dumps(main(int(sys.argv[1]))))
