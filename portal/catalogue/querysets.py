"""The rule of visibility as SQL, and the ways lists read entries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Lookup, Q
from django.utils import timezone

from portal.audience.access import audiences_of
from portal.catalogue.lookups import AnyOf, NoneOf
from portal.host import gate
from portal.people import tree

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from portal.people.models import Department, Person

_NOT_OF_AUTHORS = ("author__password", "author__last_login", "author__date_joined")


def gate_open(person: Person | AnonymousUser) -> list[Q | Lookup]:
    """The gate's half of the rule, as conditions of a filter."""
    closed = gate.closed_for(person)
    known = Q(gate_id__lte=closed.upto)
    return [known, NoneOf.of("gate_id", closed.ids)] if closed.ids else [known]


class EntryQuerySet(models.QuerySet[Any]):
    _for_cards = False

    def _clone(self) -> EntryQuerySet:
        copy: EntryQuerySet = super()._clone()  # type: ignore[misc]
        copy._for_cards = self._for_cards
        return copy

    def _fetch_all(self) -> None:
        is_new = self._result_cache is None
        super()._fetch_all()
        if is_new and self._for_cards:
            _bring_together(self._result_cache or [])

    def live(self) -> EntryQuerySet:
        """Shown to somebody at this moment: live, all it is attached to as well, inside its publishing window."""
        now = timezone.now()
        return self.filter(
            Q(visible_until__isnull=True) | Q(visible_until__gt=now),
            state="live",
            chain_live=True,
            visible_from__lte=now,
        )

    def in_audience_of(self, person: Person | AnonymousUser) -> EntryQuerySet:
        """Live and meant for this person, whether or not a plugin's gate is closed just now."""
        return self.live().filter(AnyOf.of("audience_id", audiences_of(person)))

    def visible_to(self, person: Person | AnonymousUser) -> EntryQuerySet:
        """What this person may read now: the rule of visibility."""
        return self.in_audience_of(person).filter(*gate_open(person))

    def manageable_by(self, person: Person | AnonymousUser) -> EntryQuerySet:
        """What this person may change or moderate: own things, those of departments edited or moderated, all for IT."""
        present = self.exclude(state="removed")
        if not person.is_authenticated or not person.is_active:
            return self.none()
        if person.is_superuser:
            return present
        rule = Q(author=person)
        rights = person.memberships.filter(Q(is_editor=True) | Q(is_moderator=True) | Q(is_head=True))
        for membership in rights.select_related("department"):
            kinds = {"managed"} if membership.is_editor else set()
            kinds |= {"user", "automated"} if membership.is_moderator or membership.is_head else set()
            rule |= Q(kind__in=kinds, department__path__startswith=membership.department.path)
        return present.filter(rule)

    def newest(self) -> EntryQuerySet:
        return self.order_by("-published_at", "-pk")

    def for_cards(self) -> EntryQuerySet:
        """With what a card shows, and without the long text. How fresh they are is asked for all of them at once."""
        cards = self.select_related("author").defer("body", *_NOT_OF_AUTHORS)
        cards._for_cards = True
        return cards

    def in_department(self, department: Department) -> EntryQuerySet:
        """At home in the department or below it."""
        return self.filter(department__path__startswith=department.path)

    def about(self, topic_slug: str) -> EntryQuerySet:
        return self.filter(entry_topics__topic__slug=topic_slug)


def _bring_together(entries: list[Any]) -> None:
    """Each knows the others, and has its department from memory; one that was made a moment ago is read when asked."""
    departments = tree.current().departments
    for entry in entries:
        if isinstance(entry, models.Model):
            entry.__dict__["_together"] = entries
            if department := departments.get(entry.department_id):  # type: ignore[attr-defined]
                entry.department = department  # type: ignore[attr-defined]
