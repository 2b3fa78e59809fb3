"""Something to comment on: a department stands in for a page or a post."""

from __future__ import annotations

from typing import Any

from portal.audience import tokens
from portal.audience.expressions import any_of
from portal.catalogue.actions import put
from portal.catalogue.card import Card
from portal.catalogue.models import Entry
from portal.people.models import Department


def subject(department: Department, *, obj: Any = None, **fields: Any) -> Entry:
    """An entry at home in the department, for its people; `obj` tells several apart."""
    fields.setdefault("audience", any_of(tokens.department(department)))
    fields.setdefault("kind", "managed")
    return put(
        Card(
            type="note", obj=obj or department, title="Pumps are on floor 3", url="/people/",
            department=department, **fields,
        )
    )  # fmt: skip
