"""Tells people what a delivery changed of their shifts: each person once, however many there are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone

from plugins.rosters.changes import Change, Pair, by_person, together
from plugins.rosters.models import Shift
from portal.host.settings import settings_for
from portal.ingestion.models import Run, Source
from portal.notifications.actions import Note, notify_each
from portal.notifications.models import Notification
from portal.people.models import Membership

SLUG, TYPE = "rosters", "shift-changed"


@transaction.atomic
def tell(source: Source, pairs: Sequence[Pair]) -> None:
    """For shifts whose entries are written. A source's first delivery is no news, nor is what it says again.

    A delivery comes in batches: what the ones before told is told with it. A fixed number of queries.
    """
    if source.last_success_at is None:
        return
    changes = by_person(pairs, timezone.now(), settings_for(SLUG, source.department).told_days)
    if not changes:
        return
    key = _key(source)
    earlier = _told_before(key, changes)
    sums = {person: together(earlier.get(person, {}), found) for person, found in changes.items()}
    undone = [person for person, found in sums.items() if not found]
    _rows(key, undone).delete()  # taken under one name and given under another: nothing has changed
    here = _of_department(source, changes)
    notes = [_note(person, key, found, person in here) for person, found in sums.items() if found]
    notify_each(notes, type=TYPE, plugin=SLUG)


def _note(person: int, key: str, found: dict[int, Change], here: bool) -> Note:
    """About the first of the shifts. Who helped out from elsewhere may not see the one that was taken any more:
    they are told all the same, and nothing they did not know."""
    changes = sorted(found.values(), key=lambda change: change["at"])
    theirs = next((change for change in changes if here or change["what"] != "taken"), None)
    subject = Shift(pk=theirs["shift"]) if theirs else None
    return Note(person, key, {"count": len(changes), "changes": changes}, subject)


def _key(source: Source) -> str:
    """Of the delivery that is being applied; a run that was cut off goes on under the same."""
    running = Run.objects.filter(source=source, state=Run.State.RUNNING).order_by("-pk")
    return f"delivery-{running.values_list('delivery', flat=True).first() or timezone.now().isoformat()}"


@transaction.atomic
def forget_told(source: Source) -> None:
    """What people were told of the source's shifts, also of those that they may not see themselves."""
    keys = [f"delivery-{pk}" for pk in source.deliveries.values_list("pk", flat=True)]
    Notification.objects.filter(plugin=SLUG, type=TYPE, key__in=keys).delete()


def _rows(key: str, people: Any) -> Any:
    return Notification.objects.filter(plugin=SLUG, type=TYPE, key=key, person__in=people)


def _told_before(key: str, people: Any) -> dict[int, dict[int, Change]]:
    rows = _rows(key, list(people)).values_list("person_id", "data")
    return {person: {change["shift"]: change for change in data["changes"]} for person, data in rows}


def _of_department(source: Source, people: Any) -> set[int]:
    """Those who see its shifts whoever works them: they belong to the department, or to one below it.

    Where IT gave the source an audience of its own, nobody is sure to.
    """
    if source.audience_key or source.audience_roles:
        return set()
    below = Membership.objects.filter(department__path__startswith=source.department.path, person__in=list(people))
    return set(below.values_list("person_id", flat=True))
