"""What is held about a person, and how it is erased. Never gated."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from portal.audit import record
from portal.people.models import Person

from folkmoot_lunch.actions import take_name_off
from folkmoot_lunch.models import Menu

person_columns = {"lunch.menu": {"author_id": "null"}}  # in an archive too, the menu stays


def export(person: Person) -> dict[str, Any]:
    """The menus the person wrote, oldest first."""
    menus = Menu.objects.filter(author=person).select_related("department").order_by("day", "pk")
    return {
        "menus": [
            {"day": menu.day.isoformat(), "department": menu.department.url_path, "dishes": menu.lines}
            for menu in menus
        ]
    }


@transaction.atomic
def erase(person: Person, *, acting_person: Person | None) -> int:
    """Takes the person's name off the menus; how many there were."""
    count = take_name_off(person)
    record("content.edit", person, acting_person=acting_person, data={"lunch.menu": count})
    return count
