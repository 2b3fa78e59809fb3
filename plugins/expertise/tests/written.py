"""Something somebody wrote: a department stands in for a page or a post."""

from __future__ import annotations

from typing import Any

from portal.audience import tokens
from portal.audience.expressions import any_of
from portal.catalogue.actions import put
from portal.catalogue.card import Card
from portal.catalogue.models import Entry
from portal.people.models import Department, Person
from search import sweeps
from tests import factories


def write(author: Person, home: Department, title: str, **fields: Any) -> Entry:
    """An entry at home in the department, for its people, which search can find."""
    values: dict[str, Any] = {
        "kind": "user", "type": "post", "obj": factories.department(), "body": title, "department": home,
        "audience": any_of(tokens.department(home)), "url": f"/app/x/{title[:4]}/",
    }  # fmt: skip
    entry = put(Card(title=title, author=author, **values | fields))
    sweeps.database()
    return entry
