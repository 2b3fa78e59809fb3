"""`python -m bench.ingest ORDER ROWS`: one measurement of ingestion in a process of its own, told as JSON.

Works on the database that the environment names, which the scenario `ingest` makes. Orders:

read-csv, read-xlsx, read-json   reads a file of so many readings; peak memory over that of ten thousand rows is the point
deliver                          the same CSV through the whole runner; then the same again; then a bare bulk upsert
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


def deliver(path: Path) -> dict[str, float]:
    """Seconds of a delivery, of the same once more, and of the rows alone; and peak memory of the first."""
    from django.utils import timezone

    from portal.ingestion import runner
    from portal.ingestion.inbox import receive
    from portal.ingestion.models import Delivery, Source

    source = Source.objects.get(adapter="kpis.csv")

    def once() -> float:
        with path.open("rb") as file:
            delivery = receive(source, file, timezone.now(), Delivery.Kind.PUSH)
        began = time.perf_counter()
        done = runner.run(delivery)
        assert done is not None and done.state == "done" and not done.counts["rejected"], done and done.error
        return time.perf_counter() - began

    before = peak()
    first = once()
    return {"first": first, "megabytes": peak() - before, "again": once(), "bare": bare(path)}


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
    began = time.perf_counter()
    Reading.objects.bulk_create(
        rows,
        batch_size=BATCH,
        update_conflicts=True,
        unique_fields=["kpi", "date"],
        update_fields=["value", "target", "lower", "upper", "note", "missing_since"],
    )
    return time.perf_counter() - began


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
