"""Calendars as a rota system writes them, and what something costs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone


def cost(call: Callable[[], object]) -> int:
    """How many statements it takes, without the savepoints that stand for transactions in a test."""
    with CaptureQueriesContext(connection) as queries:
        call()
    return sum("SAVEPOINT" not in query["sql"] for query in queries)


def event(uid: str, start: str, end: str, *lines: str, zone: str = "Europe/Tallinn", summary: str = "Day shift") -> str:
    """A VEVENT; start and end as 20261124T0700."""
    at = f";TZID={zone}:" if zone else ":"
    head = ["BEGIN:VEVENT", f"UID:{uid}", f"SUMMARY:{summary}", f"DTSTART{at}{start}00", f"DTEND{at}{end}00"]
    return "\r\n".join([*head, *lines, "END:VEVENT"]) + "\r\n"


def calendar(*parts: str) -> bytes:
    head = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//rota//EN\r\n"
    return (head + "".join(parts) + "END:VCALENDAR\r\n").encode()


def who(person: str) -> str:
    return f"ATTENDEE;CN={person.title()}:mailto:{person}@merekaar.example"


def on(days: int, clock: str = "0700", *, of: date | None = None) -> str:
    """The day so many days from today, or from another, as 20261124T0700."""
    return f"{(of or timezone.localdate()) + timedelta(days=days):%Y%m%d}T{clock}"
