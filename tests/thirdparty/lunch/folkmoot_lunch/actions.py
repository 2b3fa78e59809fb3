"""Every write to menus: each checks, and keeps the row, the history and the entry in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from portal.audience.access import access_of
from portal.audit import record
from portal.catalogue.actions import put, put_many, remove
from portal.host import gate, permissions
from portal.ingestion.models import Source
from portal.people.models import Department, Person
from portal.social.rights import manageable_or_404
from portal.social.text import clean_text

from folkmoot_lunch.cards import menu_card
from folkmoot_lunch.items import MenuItem
from folkmoot_lunch.models import Menu

SLUG = "lunch"
LONGEST = 2000


@transaction.atomic
def publish_menu(dishes: str, *, acting_person: Person, department: Department, day: date | None = None) -> Menu:
    """Writes what a department has for lunch on a day, today by default; what was written for that day is replaced.

    Raises ValidationError, PluginOff or PermissionDenied.
    """
    if department.pk not in access_of(acting_person).departments:
        raise ValidationError({"department": _("You can write menus only for departments you belong to.")})
    gate.require(SLUG, acting_person)
    gate.require_in(SLUG, department)
    permissions.require(SLUG, "post", acting_person, department)
    menu, created = Menu.objects.update_or_create(
        department=department,
        day=day or timezone.localdate(),
        source=None,
        defaults={"dishes": _checked(dishes), "author": acting_person},
    )
    record("content.create" if created else "content.edit", menu, acting_person=acting_person)
    put(menu_card(menu), verb="create" if created else None, actor=acting_person)
    return menu


def _checked(dishes: str) -> str:
    try:
        return clean_text(dishes, longest=LONGEST)
    except ValidationError as error:
        raise ValidationError({"dishes": error.error_list}) from error


@transaction.atomic
def delete_menu(menu: Menu, *, acting_person: Person) -> None:
    """Raises Http404, PermissionDenied, PluginOff, or ValidationError for what the canteen's system delivers."""
    manageable_or_404(acting_person, menu)
    gate.require(SLUG, acting_person)
    if menu.author_id != acting_person.pk:
        permissions.require(SLUG, "moderate", acting_person, menu.department_id)
    if menu.source_id:
        raise ValidationError(_("This menu comes from a system; it is withdrawn there."))
    record("content.delete", menu, acting_person=acting_person)
    remove(menu)
    menu.delete()


@transaction.atomic
def record_menus(source: Source, items: Sequence[MenuItem]) -> None:
    """Stores what was delivered, with a fixed number of statements. Menus that come by themselves are no news."""
    rows = {item.day: item for item in items}
    Menu.objects.bulk_create(
        [
            Menu(source=source, department=source.department, day=day, dishes="\n".join(item.dishes))
            for day, item in rows.items()
        ],
        update_conflicts=True,
        unique_fields=["source", "day"],
        update_fields=["department", "dishes", "missing_since"],
    )
    _renew_entries(Menu.objects.filter(source=source, day__in=rows))


@transaction.atomic
def mark_missing(source: Source, days: Sequence[date]) -> None:
    gone = Menu.objects.filter(source=source, day__in=days)
    gone.update(missing_since=timezone.now())
    _renew_entries(gone)


@transaction.atomic
def retarget(source: Source) -> None:
    """The source has another home or audience: its menus follow."""
    menus = Menu.objects.filter(source=source)
    menus.update(department=source.department)
    _renew_entries(menus)


@transaction.atomic
def take_name_off(person: Person) -> int:
    """The menus stay, nobody's; how many there were."""
    ids = list(Menu.objects.filter(author=person).values_list("pk", flat=True))
    Menu.objects.filter(pk__in=ids).update(author=None)
    _renew_entries(Menu.objects.filter(pk__in=ids))
    return len(ids)


def _renew_entries(menus: QuerySet[Menu]) -> None:
    put_many([menu_card(menu) for menu in menus.select_related("department", "source__department", "author")])
