"""Lets happen in a House what a Plan's changes say, through the actions that people and editors have."""

from __future__ import annotations

from functools import singledispatch

from django.contrib.auth.models import Group
from wagtail.models import Page

from cms.models import NewsPage
from portal.catalogue.actions import put
from portal.host.rules import INHERIT, set_rule
from portal.people.actions import (
    add_membership,
    deactivate_person,
    move_department,
    reactivate_person,
    remove_membership,
)
from portal.people.models import Department, Person
from portal.people.receivers import end_cached_rights
from tests.search.exactness import plan as p
from tests.search.exactness.house import House
from tests.search.exactness.plan import Item


def live(house: House) -> set[int]:
    """All changes of the plan, one after the other; the items whose rows changed, those below them included."""
    touched: set[int] = set()
    for change in house.plan.changes:
        touched |= change.touches(house.plan)
        happen(change, house)
        house.plan = change.after(house.plan)
    for number, item in enumerate(house.plan.items):  # subjects come first
        if item.subject in touched:
            touched.add(number)
    return touched


@singledispatch
def happen(change: p.Change, house: House) -> None:
    raise TypeError(change)


@happen.register
def _item(change: p.ItemChanges, house: House) -> None:
    number, new, old = change.number, change.item, house.plan.items[change.number]
    if new.state != old.state:
        house.set_state(number, new.state)
    elif number not in house.pages:
        put(house.card(number, new))
    elif new.section != old.section:
        _move_page(house, number, new)
    elif new.restriction != old.restriction:
        house.restrict(house.pages[number], new.restriction)
    else:
        page = NewsPage.objects.get(pk=house.pages[number].pk)
        house.describe(page, new)
        page.save_revision().publish()


def _move_page(house: House, number: int, new: Item) -> None:
    assert new.section is not None
    page, target = (Page.objects.get(pk=row.pk) for row in (house.pages[number], house.sections[new.section]))
    page.specific.move(target, "last-child")


@happen.register
def _appears(change: p.ItemAppears, house: House) -> None:
    house.appear(len(house.plan.items), change.item)


@happen.register
def _person(change: p.PersonChanges, house: House) -> None:
    new, old = change.person, house.plan.people[change.number]
    person = Person.objects.get(pk=house.people[change.number].pk)
    for home in old.homes:
        if home not in new.homes:
            remove_membership(person, _department(house, home), acting_person=None)
    for place, home in enumerate(new.homes):
        rights = {"is_primary": new.has_primary and not place, "is_head": new.is_head}
        add_membership(person, _department(house, home), acting_person=None, **rights)
    if new.groups != old.groups:
        person.groups.set(Group.objects.filter(pk__in=[house.groups[group].pk for group in new.groups]))
    if new.circles != old.circles:
        house.circles[person.pk] = new.circles
        end_cached_rights([person.pk])
    if (new.location, new.role) != (old.location, old.role):
        person.location = None if new.location is None else house.locations[new.location]
        person.role = None if new.role is None else house.roles[new.role]
        person.save(update_fields=["location", "role"])
    if new.is_active != old.is_active:
        (reactivate_person if new.is_active else deactivate_person)(person, acting_person=None)


def _department(house: House, number: int) -> Department:
    return Department.objects.get(pk=house.departments[number].pk)


@happen.register
def _privacy(change: p.PrivacyChanges, house: House) -> None:
    house.restrict(house.sections[change.section], change.restriction)


@happen.register
def _rule(change: p.RuleChanges, house: House) -> None:
    state = change.rule.state if change.rule else INHERIT
    set_rule(change.plugin, _department(house, change.department), state, acting_person=None)


@happen.register
def _moves(change: p.DepartmentMoves, house: House) -> None:
    below, above = _department(house, change.number), _department(house, change.parent)
    move_department(below, parent=above, acting_person=None)
