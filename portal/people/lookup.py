"""Finding people by what other systems call them."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Q
from django.db.models.functions import Lower

from portal.people.models import Person


def by_address_or_login(names: Iterable[str]) -> dict[str, Person]:
    """Who works here, by e-mail address and by user name, in small letters; only those asked for. One query."""
    wanted = {name.lower() for name in names if name}
    if not wanted:
        return {}
    people = Person.objects.active().alias(mail=Lower("email"), login=Lower("username"))
    found: dict[str, Person] = {}
    for person in people.filter(Q(mail__in=wanted) | Q(login__in=wanted)):
        found |= {person.username.lower(): person, person.email.lower(): person}
    return {name: person for name, person in found.items() if name in wanted}
