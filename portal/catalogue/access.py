"""Asking for one entry: 404 for who may not see it, PluginOff for who may while its plugin is off."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Model
from django.http import Http404

from portal.catalogue.card import label_of
from portal.catalogue.models import Entry
from portal.host import gate

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from portal.people.models import Person

    Reader = Person | AnonymousUser


def readable_or_404(person: Reader, obj: Model | None) -> Entry:
    """The entry of an object the person may read now.

    Raises Http404 if there is none or it is not for them, and PluginOff if only a closed gate stands before it.
    """
    if obj is None:
        raise Http404
    return _judge(person, Entry.objects.filter(label=label_of(obj), key=str(obj.pk)))


def readable_entry_or_404(person: Reader, pk: int) -> Entry:
    """The same for the id of an entry."""
    return _judge(person, Entry.objects.filter(pk=pk))


def _judge(person: Reader, entries: object) -> Entry:
    entry = entries.in_audience_of(person).select_related("gate", "department", "author").first()  # type: ignore[attr-defined]
    if entry is None:
        raise Http404
    if entry.gate_id in gate.closed_for(person):
        raise gate.PluginOff(entry.plugin)
    return entry


def may_manage(person: Reader, entry: Entry) -> bool:
    """Whether the person may change or moderate this entry."""
    return Entry.objects.manageable_by(person).filter(pk=entry.pk).exists()
