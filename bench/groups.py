"""Groups as the bench has them: tokens `group:N` from a table of its own, as a groups plugin would provide them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.db import connection

from portal.audience import tokens
from portal.audience.expressions import told

if TYPE_CHECKING:
    from portal.people.models import Person

TABLE = (
    "CREATE TABLE IF NOT EXISTS bench_group_member (person_id bigint, group_id int, PRIMARY KEY (person_id, group_id))"
)


def groups_of(person: Person) -> Iterable[str]:
    """One query, only when a person's audiences are computed anew."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT group_id FROM bench_group_member WHERE person_id = %s", [person.pk])
        return [told("group"), *(f"group:{number}" for (number,) in cursor.fetchall())]


def provide() -> None:
    """In every process that works on the bench's data."""
    tokens.register_provider(groups_of)
