"""Telling people, and noting what they have read. Set-based: a thousand people cost the queries of one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Model, Q
from django.utils import timezone

from portal.catalogue.card import label_of
from portal.catalogue.models import Entry
from portal.notifications import kinds
from portal.notifications.models import Notification
from portal.people.models import Person

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

BATCH = 500


@dataclass(frozen=True)
class Note:
    """What one person is told. `key` names the matter: what is told of it again replaces what was told before.

    `data` is JSON, for the type's `render`. `subject`: a row that has an entry, if it is about one.
    """

    person: Person | int
    key: str
    data: Mapping[str, Any] = field(default_factory=dict)
    subject: Model | None = None


def notify(
    people: Iterable[Person | int],
    *,
    type: str,
    key: str,
    plugin: str = "",
    data: Mapping[str, Any] | None = None,
    subject: Model | None = None,
) -> int:
    """Tells all these people the same; how many are told. See `notify_each`."""
    notes = [Note(person, key, data or {}, subject) for person in people]
    return notify_each(notes, type=type, plugin=plugin)


@transaction.atomic
def notify_each(notes: Sequence[Note], *, type: str, plugin: str = "") -> int:
    """Tells each person something; how many are told. Four queries, and no more up to 500 notes.

    Who has left is told nothing, nor anybody of a subject that has no entry. Whether a person may see what it is
    about is asked when it is read. Raises LookupError for a type that the plugin ("": the core) does not declare.
    """
    if kinds.find(plugin, type) is None:
        raise LookupError(f"{plugin or 'the core'} declares no notification {type!r}")
    present = Person.objects.active().filter(pk__in={_pk(note.person) for note in notes})
    people = set(present.values_list("pk", flat=True))
    entries = _entries_of([note.subject for note in notes if note.subject is not None])
    now, rows = timezone.now(), {}
    for note in notes:
        entry = entries.get(_name(note.subject)) if note.subject is not None else None
        if _pk(note.person) in people and (note.subject is None or entry is not None):
            rows[_pk(note.person), note.key] = Notification(
                person_id=_pk(note.person), plugin=plugin, type=type, key=note.key, data=dict(note.data),
                entry_id=entry, created_at=now, read_at=None,
            )  # fmt: skip
    Notification.objects.bulk_create(
        rows.values(),
        batch_size=BATCH,
        update_conflicts=True,
        unique_fields=["person", "plugin", "type", "key"],
        update_fields=["data", "entry", "created_at", "read_at"],
    )
    told = {person for person, _key in rows}
    Person.objects.filter(pk__in=told, has_unread=False).update(has_unread=True)
    return len(told)


def _pk(person: Person | int) -> int:
    return person if isinstance(person, int) else person.pk


def _name(subject: Model) -> tuple[str, str]:
    return label_of(subject), str(subject.pk)


def _entries_of(subjects: Sequence[Model]) -> dict[tuple[str, str], int]:
    """(label, key) -> id of the entry."""
    keys: dict[str, set[str]] = {}
    for label, key in map(_name, subjects):
        keys.setdefault(label, set()).add(key)
    if not keys:
        return {}
    wanted = reduce(or_, (Q(label=label, key__in=found) for label, found in keys.items()))
    return {(label, key): pk for label, key, pk in Entry.objects.filter(wanted).values_list("label", "key", "pk")}


@transaction.atomic
def mark_read(pks: Iterable[int] | None = None, *, acting_person: Person) -> int:
    """Notes the person's own as read, all of them without `pks`; how many were not. Others' are left alone."""
    mine = Notification.objects.filter(person=acting_person)
    # All includes what a closed gate hides now: it is not to come back as news with the gate.
    chosen = mine.unread() if pks is None else mine.unread().filter(pk__in=set(pks))
    count = chosen.update(read_at=timezone.now())
    if count and not mine.unread().exists():
        Person.objects.filter(pk=acting_person.pk).update(has_unread=False)
    return count


def unread_count(person: Person | AnonymousUser, *, most: int = 100) -> int:
    """How many the person has not read yet, up to `most`. No query for whoever has read everything."""
    if not getattr(person, "has_unread", False):
        return 0
    return Notification.objects.visible_to(person).unread()[:most].count()
