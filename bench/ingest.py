"""`python -m bench.ingest ORDER ROWS`: one measurement of ingestion in a process of its own, told as JSON.

Works on the database that the environment names, which the scenario `ingest` makes. Orders:

prepare                          an organisation with a source of each format
read-csv, read-xlsx, read-json   a file of so many readings is read to its end
deliver                          the same CSV through the whole runner; the same once more; the same and one row; a bare
                                 bulk upsert
"""

from __future__ import annotations

import json
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, BinaryIO

from bench.processes import postgres_seconds

DAYS = 500
HEADER = ("kpi", "name", "unit", "date", "value", "target", "lower", "upper", "direction", "note")
BATCH = 500


def readings(count: int) -> Iterator[tuple[str, ...]]:
    """Readings of five hundred days a figure, all different."""
    first = date(2025, 1, 1)
    for number in range(count):
        figure, day = divmod(number, DAYS)
        yield (f"kpi-{figure}", f"Figure {figure}", "min", f"{first + timedelta(days=day)}", f"{number % 977}.25", "40",
               "25", "45", "down", f"note {number}")  # fmt: skip


def write_csv(file: BinaryIO, count: int) -> None:
    for row in (HEADER, *readings(0)):
        file.write((",".join(row) + "\n").encode())
    for row in readings(count):
        file.write((",".join(row) + "\n").encode())


def write_json(file: BinaryIO, count: int) -> None:
    file.write(b'{"items": [')
    for number, row in enumerate(readings(count)):
        file.write(b"," * bool(number) + json.dumps(dict(zip(HEADER, row, strict=True))).encode())
    file.write(b"]}")


def write_xlsx(file: BinaryIO, count: int) -> None:
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.append(HEADER)
    for row in readings(count):
        sheet.append(row)
    book.save(file)


def peak() -> float:
    """Megabytes of memory at most, since the process began."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def read(form: str, path: Path) -> dict[str, float]:
    """Reads to the end; what it costs in memory, counted from before it began."""
    from portal.ingestion import adapters
    from portal.ingestion.models import Source

    adapter = adapters.get(f"kpis.{form}")
    source = Source.objects.select_related("department").get(adapter=f"kpis.{form}")
    before, began, count = peak(), time.perf_counter(), 0
    with path.open("rb") as file:
        for _item in adapter.read(file, source):
            count += 1
    return {"rows": count, "megabytes": peak() - before, "seconds": time.perf_counter() - began}


class Clock:
    """CPU seconds of this process and of its PostgreSQL process: what it would take on an idle machine."""

    def __init__(self) -> None:
        from django.db import connection

        connection.ensure_connection()
        self._server = connection.connection.info.backend_pid
        self._began = self._now()

    def _now(self) -> float:
        return time.process_time() + postgres_seconds(self._server)

    def seconds(self) -> float:
        return self._now() - self._began


def received(source: Any, path: Path) -> Any:
    """The file as a delivery of the source, not applied yet."""
    from django.utils import timezone

    from portal.ingestion.inbox import receive
    from portal.ingestion.models import Delivery

    with path.open("rb") as file:
        return receive(source, file, timezone.now(), Delivery.Kind.PUSH)


def apply(delivery: Any) -> None:
    """Through the whole runner; ends the process if anything of it was not applied."""
    from portal.ingestion import runner

    done = runner.run(delivery)
    if done is None or done.state != "done" or done.counts["rejected"]:
        raise SystemExit(f"the delivery was not applied: {done and (done.error, done.counts)}")


def deliver(path: Path) -> dict[str, float]:
    """Seconds of a delivery, of the same once more, of one that differs in a row, and of the rows alone.

    And peak memory of the first.
    """
    from portal.ingestion.models import Source

    source = Source.objects.get(adapter="kpis.csv")

    def once() -> float:
        delivery = received(source, path)
        clock = Clock()
        apply(delivery)
        return clock.seconds()

    before = peak()
    found = {"first": once(), "megabytes": peak() - before, "again": once()}
    with path.open("ab") as file:
        file.write(b"kpi-last,The last figure,min,2025-01-01,1,40,25,45,down,\n")
    return found | {"nearly": once(), "bare": bare(path), "bare_again": bare(path)}


def bare(path: Path) -> float:
    """Seconds of a bulk upsert of the same rows, made ready before: what Django asks of the database for them."""
    from plugins.kpis.models import Kpi, Reading

    figures = {kpi.external_id: kpi for kpi in Kpi.objects.all()}
    rows: list[Any] = []
    with path.open() as file:
        next(file)
        for line in file:
            kpi, _name, _unit, day, value, target, lower, upper, _direction, note = line.rstrip("\n").split(",")
            numbers = {"value": value, "target": target, "lower": lower, "upper": upper}
            rows.append(Reading(kpi=figures[kpi], date=date.fromisoformat(day), note=note,
                                **{name: Decimal(text) for name, text in numbers.items()}))  # fmt: skip
    Reading.objects.all().delete()
    clock = Clock()
    Reading.objects.bulk_create(
        rows,
        batch_size=BATCH,
        update_conflicts=True,
        unique_fields=["kpi", "date"],
        update_fields=["value", "target", "lower", "upper", "note", "missing_since"],
    )
    return clock.seconds()


def prepare() -> None:
    """An organisation with a source of each format."""
    from portal.ingestion.actions import create_source
    from portal.people.actions import create_department

    home = create_department("Bench", acting_person=None)
    for form in ("csv", "xlsx", "json"):
        create_source(f"bench-{form}", adapter=f"kpis.{form}", name=form, department=home, acting_person=None)


def main(order: str, rows: int) -> dict[str, float]:
    if order == "prepare":
        prepare()
        return {}
    writers: dict[str, Callable[[BinaryIO, int], None]] = {"csv": write_csv, "xlsx": write_xlsx, "json": write_json}
    form = order.partition("-")[2] or "csv"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"readings.{form}"
        # In another process, so that what it costs is none of this one's.
        import multiprocessing

        writer = multiprocessing.get_context("fork").Process(target=_write, args=(writers[form], path, rows))
        writer.start()
        writer.join()
        return deliver(path) if order == "deliver" else read(form, path)


def _write(writer: Callable[[BinaryIO, int], None], path: Path, rows: int) -> None:
    with path.open("wb") as file:
        writer(file, rows)


if __name__ == "__main__":
    import django

    django.setup()
    print(json.dumps(main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 0)))
