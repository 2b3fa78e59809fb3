"""What the finder holds about a person, and how it is erased. Never gated. Evidence is not stored at all."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from plugins.expertise.models import DeclaredSkill, Expertise
from portal.audit import record
from portal.catalogue.actions import remove
from portal.people.models import Person

person_columns = {"expertise.expertise": {"person_id": "drop"}}  # of an archive, with the skills that hang on it


def export(person: Person) -> dict[str, Any]:
    """The declared skills."""
    declared = DeclaredSkill.objects.filter(content_object__person=person).order_by("pk")
    return {"skills": list(declared.values_list("tag__name", flat=True))}


@transaction.atomic
def erase(person: Person, *, acting_person: Person | None) -> int:
    """Forgets the declared skills; how many."""
    count = DeclaredSkill.objects.filter(content_object__person=person).count()
    for expertise in Expertise.objects.filter(person=person):
        remove(expertise)
        expertise.delete()
    record("content.delete", person, acting_person=acting_person, data={"expertise.declaredskill": count})
    return count
