"""What the pages of rosters show, for one reader: each a fixed number of queries."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.utils import timezone

from plugins.rosters.duties import Duty, duty_of
from plugins.rosters.models import Shift, ShiftQuerySet
from plugins.rosters.private import in_full
from plugins.rosters.week import Week
from portal.host.settings import settings_for
from portal.ingestion.freshness import Freshness, freshness_of
from portal.people.models import Department, Membership, Person

SOON = timedelta(hours=24)
MOST_OPEN = 200


def my_shifts(person: Person, week: Week) -> list[Shift]:
    """One query."""
    return in_full(Shift.objects.of(person).around(week.monday, week.sunday).for_lists(), person)


def my_next_shift(person: Person, now: datetime) -> Shift | None:
    """The one that runs now, else the one that begins next; one query."""
    mine = Shift.objects.of(person).standing().from_now(now).for_lists()[:1]
    return next(iter(in_full(mine, person)), None)


def team_shifts(person: Person, week: Week, department: Department) -> list[Shift]:
    """One query."""
    return in_full(department_shifts(person, department).around(week.monday, week.sunday).for_lists(), person)


def department_shifts(person: Person, department: Department) -> ShiftQuerySet:
    return Shift.objects.visible_to(person).filter(department=department)


def departments_of(person: Person) -> list[Department]:
    """The primary one first; one query."""
    found = Department.objects.filter(memberships__person=person)
    return list(found.order_by("-memberships__is_primary", "name"))


@dataclass(frozen=True)
class Desk:
    """A department just now: who works, what nobody works, and what begins next."""

    department: Department
    working: list[Duty] = field(default_factory=list)
    short: list[Duty] = field(default_factory=list)
    following: list[Duty] = field(default_factory=list)

    @property
    def head_id(self) -> str:
        return f"h-desk-{self.department.pk}"

    @property
    def next_from(self) -> str:
        """When those that follow begin, on the clocks there."""
        return f"{self.following[0].shift.starts:%H:%M}" if self.following else ""


def on_duty_shifts(seen: ShiftQuerySet, now: datetime) -> list[Shift]:
    """What runs now, and what begins within a day; one query."""
    return list(seen.standing().running(now, now + SOON).for_lists())


def desks_of(shifts: Iterable[Shift], now: datetime) -> list[Desk]:
    """By department, in the order of their names. Of those that follow, the ones that begin first."""
    desks: dict[int, Desk] = {}
    for shift in shifts:
        if not shift.stands or shift.ends_at <= now:
            continue
        desk = desks.setdefault(shift.department_id, Desk(shift.department))
        if shift.starts_at > now:
            if not desk.following or desk.following[0].shift.starts_at == shift.starts_at:
                desk.following.append(duty_of(shift))
        else:
            (desk.short if shift.is_open else desk.working).append(duty_of(shift))
    return sorted(desks.values(), key=lambda desk: (desk.department.name.casefold(), desk.department.pk))


@dataclass(frozen=True)
class Contact:
    """Whom to ask about a department's open shifts: its rota office, as IT wrote it down, and its heads."""

    department: Department
    office: str
    heads: list[Person]


@dataclass(frozen=True)
class OpenShifts:
    contact: Contact
    duties: list[Duty]

    @property
    def head_id(self) -> str:
        return f"h-open-{self.contact.department.pk}"


def open_shifts(person: Person) -> list[OpenShifts]:
    """The next that nobody works, by department, each with whom to ask; two queries."""
    seen = Shift.objects.visible_to(person).standing().open()
    shifts = list(seen.filter(starts_at__gt=timezone.now()).for_lists()[:MOST_OPEN])
    by_department: dict[Department, list[Duty]] = {}
    for shift in shifts:
        by_department.setdefault(shift.department, []).append(duty_of(shift))
    contacts = contacts_of(by_department)
    return [OpenShifts(contacts[department.pk], duties) for department, duties in by_department.items()]


def contacts_of(departments: Iterable[Department]) -> dict[int, Contact]:
    """By department; one query, none without a department."""
    found = {d.pk: Contact(d, settings_for("rosters", d).rota_office, []) for d in departments}
    heads = Membership.objects.filter(department__in=found, is_head=True, person__is_active=True)
    for membership in heads.select_related("person").order_by("person") if found else ():
        found[membership.department_id].heads.append(membership.person)
    return found


def fresh_for(shifts: Sequence[Shift]) -> list[Freshness]:
    """How fresh the sources of these are, by name; one query, none without a shift."""
    found = freshness_of({shift.source_id for shift in shifts}) if shifts else {}
    return sorted(found.values(), key=lambda one: one.source)
