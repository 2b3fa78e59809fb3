"""People as entries, so that search and mentions find them like everything else."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from portal.catalogue.card import Card
from portal.host.plugin import EntryType
from portal.people.models import Person

TYPE = EntryType("person", _("Person"), "people", "user", _("People"))


def person_card(person: Person) -> Card:
    """Name, title, department: what the directory shows to every colleague."""
    department = person.primary_department
    facts = [
        person.job_title,
        department.name if department else "",
        person.place,
        person.phone,
        person.languages,
    ]
    return Card(
        kind="user",
        type=TYPE.slug,
        obj=person,
        title=person.display_name,
        url=person.get_absolute_url(),
        summary=" · ".join(fact for fact in facts[:2] if fact),
        body="\n".join(fact for fact in facts if fact),
        author=person,
        department=department,
        image=(person.photo.name or "") if person.photo else "",
        hidden=not person.is_active,
        published_at=person.date_joined,
        facets={"phone": person.phone, "place": person.place},
    )
