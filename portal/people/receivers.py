"""Ends cached rights when what a person belongs to changes, whoever changed it (our actions or Wagtail's forms)."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from django.db.models import F
from django.db.models.signals import m2m_changed, post_delete, post_save
from django.dispatch import receiver

from portal.audience import stamps
from portal.people import entries
from portal.people.models import Department, Membership, Person


def end_cached_rights(person_ids: Iterable[int]) -> None:
    """The next request of these people computes their audiences anew."""
    Person.objects.filter(pk__in=list(person_ids)).update(access_version=F("access_version") + 1)


def end_cached_rights_below(department: Department) -> None:
    """The same for everybody in a department or below it, in one statement."""
    people = Membership.objects.filter(department__path__startswith=department.path).values("person_id")
    Person.objects.filter(pk__in=people).update(access_version=F("access_version") + 1)


@receiver([post_save, post_delete], sender=Membership, dispatch_uid="people.membership_changed")
def membership_changed(instance: Membership, **kwargs: object) -> None:
    end_cached_rights([instance.person_id])
    entries.follow([instance.person_id])


@receiver(post_save, sender=Person, dispatch_uid="people.person_changed")
def person_changed(
    instance: Person, created: bool, raw: bool, update_fields: Collection[str] | None, **kwargs: object
) -> None:
    """Whoever logs in is the same as before. A file that is loaded says nothing of the entries that are here."""
    if raw:
        Person.objects.filter(pk=instance.pk).update(has_entry=False)
    if not created and set(update_fields or ("",)) != {"last_login"}:
        entries.follow([instance.pk])


@receiver([post_save, post_delete], sender=Department, dispatch_uid="people.department_changed")
def department_changed(**kwargs: object) -> None:
    stamps.bump("departments")


@receiver(m2m_changed, sender=Person.groups.through, dispatch_uid="people.groups_changed")
def groups_changed(instance: object, action: str, pk_set: set[int] | None, reverse: bool, **kwargs: object) -> None:
    if action not in {"post_add", "post_remove", "pre_clear"}:
        return
    if not reverse:
        end_cached_rights([instance.pk])  # type: ignore[attr-defined]
    elif pk_set is not None:
        end_cached_rights(pk_set)
    else:
        end_cached_rights(instance.user_set.values_list("pk", flat=True))  # type: ignore[attr-defined]
