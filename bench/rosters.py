"""`python -m bench.rosters SHIFTS`: an organisation of 5,000 people who work shifts, spread over two years.

Works on the database that the environment names, which the scenario `rosters` makes. One shift of each person goes
through the plugin's own action, so that audiences, gates and entries are the real ones; the others are copies of it
and of its entry, made by the database.
"""

from __future__ import annotations

import sys
from datetime import datetime, timedelta
from typing import Any

from bench import groups

PEOPLE, DEPARTMENTS = 5_000, 100
DAYS = 730  # half of them are over
READER = "person1"
# What the reader works this week, at every size: the same page is read.
THIS_WEEK = 5
# Days around today without any other of the reader's.
KEPT_FREE = 21
BATCH = 500


def make_people() -> list[Any]:
    """Everybody has one department, the departments are alike."""
    from portal.people.actions import create_department
    from portal.people.models import Membership, Person

    root = create_department("Bench", acting_person=None)
    wards = [create_department(f"Ward {n}", parent=root, acting_person=None) for n in range(DEPARTMENTS)]
    people = [Person(username=f"person{n}", email=f"p{n}@bench.example", password="!") for n in range(1, PEOPLE + 1)]
    Person.objects.bulk_create(people, batch_size=BATCH)
    Membership.objects.bulk_create(
        [
            Membership(person=person, department=wards[n % DEPARTMENTS], is_primary=True)
            for n, person in enumerate(people)
        ],
        batch_size=BATCH,
    )
    return wards


def make_shifts(wards: list[Any], count: int, now: datetime) -> None:
    """One shift of each person through the action, and its copies."""
    from plugins.rosters.actions import record_shifts
    from plugins.rosters.items import ShiftItem
    from portal.ingestion.actions import create_source

    first = now.replace(hour=5, minute=0, second=0, microsecond=0) - timedelta(days=DAYS // 2)
    for place, ward in enumerate(wards):
        source = create_source(
            f"rota-{place}", adapter="rosters.ical", name="rota", department=ward, acting_person=None
        )
        numbers = [n for n in range(1, PEOPLE + 1) if (n - 1) % DEPARTMENTS == place]
        items = [_item(ShiftItem, f"seed-{n}", n, first + timedelta(hours=n % 24)) for n in numbers]
        if place == 0:
            monday = now.replace(hour=6, minute=0, second=0, microsecond=0) - timedelta(days=now.weekday())
            items += [_item(ShiftItem, f"week-{day}", 1, monday + timedelta(days=day)) for day in range(THIS_WEEK)]
        record_shifts(source, items)
    copy_shifts(count, now)


def _item(kind: Any, name: str, number: int, starts: datetime) -> Any:
    ends, email = starts + timedelta(hours=8), f"p{number}@bench.example"
    return kind(external_id=name, title="Day shift", starts_at=starts, ends_at=ends, time_zone="Europe/Tallinn",
                kind="day", email=email, name=f"Person {number}")  # fmt: skip


def copy_shifts(count: int, now: datetime) -> None:
    """Copies of each seed at equal distances over the two years, until there are `count`; then their entries."""
    from django.db import connection

    from plugins.rosters.models import Shift
    from portal.catalogue.models import Entry
    from portal.people.models import Person

    copies = count // PEOPLE - 1
    if copies < 1:
        return
    hours = DAYS * 24 / copies
    reader = Person.objects.get(username=READER).pk
    vendor = connection.vendor
    numbers, later = _numbers(vendor, copies), _later(vendor, hours)
    given = {"external_id": "external_id || '-' || n", "starts_at": later("starts_at"), "ends_at": later("ends_at")}
    columns = _columns(Shift)
    with connection.cursor() as cursor:
        cursor.execute(
            f"{numbers} INSERT INTO rosters_shift ({', '.join(columns)}) "
            f"SELECT {', '.join(given.get(name, name) for name in columns)} FROM rosters_shift, numbers "
            f"WHERE external_id LIKE 'seed-%%' AND (person_id <> %s OR {later('starts_at')} NOT BETWEEN %s AND %s)",
            [reader, *_around(vendor, now)],
        )
        cursor.execute("ANALYZE")  # else the copies are joined as if there were none
        given = {name: f"e.{name}" for name in _columns(Entry)}
        given |= {"key": "CAST(s.id AS varchar(64))", "visible_until": _found(vendor)}
        cursor.execute(
            f"INSERT INTO catalogue_entry ({', '.join(given)}) SELECT {', '.join(given.values())} "
            "FROM rosters_shift s JOIN rosters_shift seed ON seed.person_id = s.person_id "
            "AND seed.external_id LIKE 'seed-%%' AND seed.id <> s.id AND s.external_id LIKE 'seed-%%-%%' "
            "AND seed.external_id NOT LIKE 'seed-%%-%%' "
            "JOIN catalogue_entry e ON e.label = 'rosters.shift' AND e.key = CAST(seed.id AS varchar(64))",
            [],
        )


def _columns(model: Any) -> list[str]:
    return [field.column for field in model._meta.local_concrete_fields if not field.primary_key]


def _numbers(vendor: str, copies: int) -> str:
    if vendor == "postgresql":
        return f"WITH numbers AS (SELECT generate_series(1, {copies}) AS n)"
    return f"WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {copies})"


def _later(vendor: str, hours: float) -> Any:
    """The SQL of a moment n times so many hours after a column's."""
    if vendor == "postgresql":
        return lambda column: f"{column} + n * interval '{hours} hours'"
    return lambda column: f"datetime({column}, (n * {hours}) || ' hours')"


def _found(vendor: str) -> str:
    return "s.ends_at + interval '35 days'" if vendor == "postgresql" else "datetime(s.ends_at, '35 days')"


def _around(vendor: str, now: datetime) -> list[Any]:
    ends = [now - timedelta(days=KEPT_FREE), now + timedelta(days=KEPT_FREE)]
    return ends if vendor == "postgresql" else [f"{end:%Y-%m-%d %H:%M:%S}" for end in ends]


def main(count: int) -> dict[str, int]:
    from django.db import connection
    from django.utils import timezone

    from plugins.rosters.models import Shift
    from portal.catalogue.models import Entry

    with connection.cursor() as cursor:
        cursor.execute(groups.TABLE)
    make_shifts(make_people(), count, timezone.now())
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE" if connection.vendor == "sqlite" else "VACUUM ANALYZE")
    return {"shifts": Shift.objects.count(), "entries": Entry.objects.filter(label="rosters.shift").count()}


if __name__ == "__main__":
    import json

    import django

    django.setup()
    print(json.dumps(main(int(sys.argv[1]))))
