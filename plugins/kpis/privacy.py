"""What the key figures hold about a person, and how it is erased. Never gated."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from plugins.kpis.actions import disown
from plugins.kpis.bands import number
from plugins.kpis.models import Definition, Kpi, ReadingNote, Subscription
from portal.audit import record
from portal.people.models import Person

# In an archive too, the figure stays, and what was said of it; who wanted to be told of it does not.
person_columns = {
    "kpis.kpi": {"owner_id": "null"},
    "kpis.definition": {"author_id": "null"},
    "kpis.readingnote": {"author_id": "null"},
    "kpis.subscription": {"person_id": "drop"},
}


def export(person: Person) -> dict[str, Any]:
    """The figures the person answers for, what they wrote about figures, and what they want to be told of."""
    owned = Kpi.objects.filter(owner=person).select_related("source").order_by("name", "pk")
    written = Definition.objects.filter(author=person).select_related("kpi").order_by("pk")
    notes = ReadingNote.objects.filter(author=person).select_related("reading__kpi").order_by("pk")
    wanted = Subscription.objects.filter(person=person).select_related("kpi").order_by("pk")
    return {
        "key_figures_owned": [{"id": kpi.pk, "name": kpi.name, "source": kpi.source.slug} for kpi in owned],
        "definitions": [
            {"figure": one.kpi.name, "text": one.text, "written_at": one.written_at.isoformat()} for one in written
        ],
        "notes": [
            {"figure": one.reading.kpi.name, "date": one.reading.date.isoformat(), "text": one.text} for one in notes
        ],
        "subscriptions": [
            {"figure": one.kpi.name, "bands": one.bands, "above": number(one.above), "below": number(one.below)}
            for one in wanted
        ],
    }


@transaction.atomic
def erase(person: Person, *, acting_person: Person | None) -> int:
    """Takes the person's name off the figures and off what they wrote about them, and their subscriptions away.

    How many rows that were.
    """
    owned = disown(person)
    written = Definition.objects.filter(author=person).update(author=None)
    written += ReadingNote.objects.filter(author=person).update(author=None)
    subscribed = Subscription.objects.filter(person=person).delete()[0]
    data = {"kpis.kpi": owned, "written": written, "kpis.subscription": subscribed}
    record("content.edit", person, acting_person=acting_person, data=data)
    return owned + written + subscribed
