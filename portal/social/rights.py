"""Asking for something in order to change it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.utils.translation import gettext as _

from portal.catalogue.access import readable_or_404
from portal.catalogue.card import label_of
from portal.catalogue.models import Entry
from portal.host import gate

if TYPE_CHECKING:
    from django.db.models import Model

    from portal.people.models import Person


def manageable_or_404(person: Person, obj: Model | None) -> Entry:
    """The entry of an object that the person may change or moderate.

    Raises Http404 for whoever may not even read it, PluginOff while a plugin it needs is off, and
    PermissionDenied for whoever may only read it.
    """
    if obj is None:
        raise Http404
    entries = Entry.objects.manageable_by(person).select_related("gate", "department", "author")
    entry = entries.filter(label=label_of(obj), key=str(obj.pk)).first()
    if entry is None:
        readable_or_404(person, obj)
        raise PermissionDenied(_("Only its author and the moderators of the department may change this."))
    if entry.gate_id in gate.closed_for(person):
        raise gate.PluginOff(entry.plugin)
    return entry


def own_or_404(person: Person, obj: Model | None) -> Entry:
    """The same, for the author alone: nobody edits what somebody else said."""
    if obj is None:
        raise Http404
    if getattr(obj, "author_id", None) != person.pk:
        readable_or_404(person, obj)
        raise PermissionDenied(_("Only its author may change this."))
    return manageable_or_404(person, obj)
