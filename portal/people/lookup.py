"""Finding people: by what other systems call them, and by words of their names."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Q, QuerySet
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


def by_words(people: QuerySet[Person], words: str) -> QuerySet[Person]:
    """Those whose name or job title has each of the words, at most eight; all without one."""
    for word in words.replace("\x00", "").split()[:8]:
        people = people.filter(
            Q(first_name__icontains=word) | Q(last_name__icontains=word) | Q(job_title__icontains=word)
        )
    return people
