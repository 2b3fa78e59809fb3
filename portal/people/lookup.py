"""Finding people and departments: by what other systems call them, and people by words of their names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from django.db.models import Q, QuerySet
from django.db.models.functions import Lower

from portal.people.models import Department, Person


def names_of(person: Person) -> set[str]:
    """What other systems may call the person: e-mail address and user name, in small letters."""
    return {person.email.lower(), person.username.lower()} - {""}


def by_address_or_login(names: Iterable[str]) -> dict[str, Person]:
    """Who works here, by e-mail address and by user name, in small letters; only those asked for. One query.

    A name that two people have is nobody's: what is meant for one of them goes to neither.
    """
    wanted = {name.lower() for name in names if name}
    if not wanted:
        return {}
    people = Person.objects.active().alias(mail=Lower("email"), login=Lower("username"))
    found: dict[str, Person | None] = {}
    for person in people.filter(Q(mail__in=wanted) | Q(login__in=wanted)):
        for name in names_of(person) & wanted:
            found[name] = None if name in found else person
    return {name: person for name, person in found.items() if person is not None}


def departments_below(home: Department) -> dict[str, str]:
    """The paths of a department and of those below it, by path and by a name that only one has, in small letters.

    One query.
    """
    rows = list(Department.objects.filter(path__startswith=home.path).values_list("url_path", "name"))
    times = Counter(name.lower() for _path, name in rows)
    paths = {name.lower(): path for path, name in rows if times[name.lower()] == 1}
    return paths | {path.lower(): path for path, _name in rows}


def of_people(rows: QuerySet[Any], field: str) -> QuerySet[Any]:
    """Those of the rows whose field, in small letters, is the address or the user name of somebody here. No query."""
    people = Person.objects.active().order_by()
    mails = people.exclude(email="").values_list(Lower("email"))
    return rows.exclude(**{field: ""}).filter(
        Q((f"{field}__in", mails)) | Q((f"{field}__in", people.values_list(Lower("username"))))
    )


def of_departments(rows: QuerySet[Any], field: str) -> QuerySet[Any]:
    """Those of the rows whose field, in small letters, is the path or the name of some department. No query."""
    all_ = Department.objects.order_by()
    paths, called = all_.values_list(Lower("url_path")), all_.values_list(Lower("name"))
    return rows.exclude(**{field: ""}).filter(Q((f"{field}__in", paths)) | Q((f"{field}__in", called)))


def by_words(people: QuerySet[Person], words: str) -> QuerySet[Person]:
    """Those whose name or job title has each of the words, at most eight; all without one."""
    for word in words.replace("\x00", "").split()[:8]:
        people = people.filter(
            Q(first_name__icontains=word) | Q(last_name__icontains=word) | Q(job_title__icontains=word)
        )
    return people
