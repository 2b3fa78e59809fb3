"""Writes about people and departments. Actors are keyword-only; each function is one transaction."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F, Value
from django.db.models.functions import Concat, Substr
from django.utils.text import slugify
from django.utils.translation import gettext as _

from portal.audience import stamps
from portal.audit import record
from portal.people import entries
from portal.people.models import Department, Membership, Person
from portal.people.receivers import end_cached_rights_below


@transaction.atomic
def create_department(
    name: str,
    *,
    acting_person: Person | None,
    parent: Department | None = None,
    slug: str = "",
    **fields: Any,
) -> Department:
    """Adds a department below `parent`; without one it becomes the organisation itself, of which there is one."""
    slug = slug or slugify(name)
    if parent is None:
        if Department.objects.organisation():
            raise ValidationError(_("There is an organisation already; choose the department above."))
        department = Department.add_root(name=name, slug=slug, url_path=slug, **fields)
    else:
        parent.refresh_from_db()
        url_path = f"{parent.url_path}/{slug}"
        if Department.objects.filter(url_path=url_path).exists():
            raise ValidationError(_("There is a department with this address already; choose another name."))
        department = parent.add_child(name=name, slug=slug, url_path=url_path, **fields)
    stamps.bump("departments")
    record("department.create", department, acting_person=acting_person)
    return department


@transaction.atomic
def move_department(department: Department, *, parent: Department, acting_person: Person | None) -> Department:
    """Puts a department, with what is below it, below another. People's rights follow with their next request."""
    old = department.url_path
    new = f"{parent.url_path}/{department.slug}"
    if Department.objects.filter(url_path=new).exclude(pk=department.pk).exists():
        raise ValidationError(_("There is a department with this address already; rename one of them first."))
    end_cached_rights_below(department)
    department.move(parent, pos="last-child")
    department.refresh_from_db()
    Department.objects.filter(path__startswith=department.path).update(
        url_path=Concat(Value(new), Substr("url_path", len(old) + 1))
    )
    department.refresh_from_db()
    stamps.bump("departments")
    record("department.move", department, acting_person=acting_person, data={"from": old, "to": new})
    return department


@transaction.atomic
def add_membership(
    person: Person, department: Department, *, acting_person: Person | None, **rights: bool
) -> Membership:
    """Puts somebody into a department; `rights` are is_primary, is_head, is_editor, is_moderator, is_local_it."""
    if rights.get("is_primary"):
        Membership.objects.filter(person=person, is_primary=True).exclude(department=department).update(
            is_primary=False
        )
    membership, _created = Membership.objects.update_or_create(person=person, department=department, defaults=rights)
    person.__dict__.pop("primary_department", None)
    record("membership.add", membership, acting_person=acting_person, data=rights)
    return membership


@transaction.atomic
def remove_membership(person: Person, department: Department, *, acting_person: Person | None) -> None:
    for membership in Membership.objects.filter(person=person, department=department):
        record("membership.remove", membership, acting_person=acting_person)
        membership.delete()
    person.__dict__.pop("primary_department", None)


@transaction.atomic
def deactivate_person(person: Person, *, acting_person: Person | None) -> None:
    """Ends somebody's access at once: sessions and tokens stop working with their next request."""
    Person.objects.filter(pk=person.pk).update(is_active=False, access_version=F("access_version") + 1)
    person.refresh_from_db()
    entries.follow([person.pk])
    record("person.deactivate", person, acting_person=acting_person)


@transaction.atomic
def reactivate_person(person: Person, *, acting_person: Person | None) -> None:
    Person.objects.filter(pk=person.pk).update(is_active=True, access_version=F("access_version") + 1)
    person.refresh_from_db()
    entries.follow([person.pk])
    record("person.reactivate", person, acting_person=acting_person)


@transaction.atomic
def set_language(person: Person, language: str, *, acting_person: Person | None) -> None:
    """The language the interface speaks to the person; one of settings.LANGUAGES."""
    if language not in dict(settings.LANGUAGES):
        raise ValidationError(_("This language is not one of the organisation's."))
    Person.objects.filter(pk=person.pk).update(language=language)
    person.language = language
    record("person.update", person, acting_person=acting_person, data={"language": language})
