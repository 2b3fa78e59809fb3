"""Rows and files as a reporting system writes them, and what something costs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

HEADER = "kpi,name,unit,department,date,value,target,lower,upper,direction,owner,note"


def day(ago: int) -> date:
    return timezone.localdate() - timedelta(days=ago)


def row(
    kpi: str,
    ago: int,
    value: object,
    *,
    name: str = "",
    unit: str = "min",
    aim: str = "40,25,45,down",
    owner: str = "",
    note: str = "",
) -> str:
    return f"{kpi},{name or kpi},{unit},,{day(ago).isoformat()},{value},{aim},{owner},{note}"


def csv_of(*rows: str) -> bytes:
    return ("\n".join([HEADER, *rows]) + "\n").encode()


def cost(call: Callable[[], object]) -> int:
    """How many statements it takes, without the savepoints that stand for transactions in a test."""
    with CaptureQueriesContext(connection) as queries:
        call()
    return sum("SAVEPOINT" not in query["sql"] for query in queries)
