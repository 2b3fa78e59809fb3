"""What the key figures hold about a person, and how it is erased. Never gated."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from plugins.kpis.actions import disown
from plugins.kpis.models import Kpi
from portal.audit import record
from portal.people.models import Person

person_columns = {"kpis.kpi": {"owner_id": "null"}}  # in an archive too, the figure stays


def export(person: Person) -> dict[str, Any]:
    """The figures the person answers for."""
    owned = Kpi.objects.filter(owner=person).select_related("source").order_by("name", "pk")
    return {"key_figures_owned": [{"id": kpi.pk, "name": kpi.name, "source": kpi.source.slug} for kpi in owned]}


@transaction.atomic
def erase(person: Person, *, acting_person: Person | None) -> int:
    """Takes the person's name off the figures; how many there were."""
    count = disown(person)
    record("content.edit", person, acting_person=acting_person, data={"kpis.kpi": count})
    return count
