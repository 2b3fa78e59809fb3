"""What people here add to a figure: what it measures, where its source does not say, and notes on its readings."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from plugins.kpis.actions import SLUG, renew_entries
from plugins.kpis.models import Definition, Kpi, Reading, ReadingNote
from portal.audit import record
from portal.catalogue.access import readable_or_404
from portal.catalogue.models import Entry
from portal.host import gate, permissions
from portal.people.models import Person
from portal.social.text import clean_text

DESCRIBE = "describe"
LONGEST_DEFINITION = 4000
LONGEST_NOTE = 1000


def may_describe(person: Person, kpi: Kpi, entry: Entry) -> bool:
    """Its owner, and whoever holds `describe` in its department. Warm, no query."""
    return kpi.owner_id == person.pk or permissions.may(SLUG, DESCRIBE, person, entry.department)


def describable_or_404(person: Person, kpi: Kpi | None) -> Entry:
    """The entry of a figure the person may describe. Raises Http404, PluginOff or PermissionDenied."""
    entry = readable_or_404(person, kpi)
    assert kpi is not None
    gate.require(SLUG, person)
    if not may_describe(person, kpi, entry):
        raise PermissionDenied(_("Only its owner, and the editors and heads of its department, describe a key figure."))
    return entry


@transaction.atomic
def write_definition(kpi: Kpi, text: str, *, acting_person: Person | None) -> Definition:
    """What it measures and how, up to 4,000 characters; "" withdraws it. What was written before stays as history.

    None is the command line. Raises Http404, PluginOff, PermissionDenied, or ValidationError where the source says it.
    """
    if acting_person is not None:
        describable_or_404(acting_person, kpi)
    if kpi.definition:
        raise ValidationError({"text": _("The source says what this measures; change it there.")})
    text = _cleaned(text, LONGEST_DEFINITION)
    before = kpi.definitions.newest().first()
    if before is not None and before.text == text:
        return before
    written = Definition.objects.create(kpi=kpi, text=text, author=acting_person)
    record("content.edit", kpi, acting_person=acting_person, data={"definition": text})
    renew_entries(Kpi.objects.filter(pk=kpi.pk))
    return written


@transaction.atomic
def write_note(reading: Reading, text: str, *, acting_person: Person | None) -> ReadingNote | None:
    """Says something of a reading, up to 1,000 characters, in place of what was said here before; "" takes it back.

    Whoever writes stands beside it. None is the command line. Raises Http404, PluginOff, PermissionDenied or
    ValidationError.
    """
    kpi = reading.kpi
    if acting_person is not None:
        describable_or_404(acting_person, kpi)
    text = _cleaned(text, LONGEST_NOTE)
    said = ReadingNote.objects.filter(reading=reading).first()
    if (said.text if said else "") == text:
        return said
    if text:
        values = {"text": text, "author": acting_person, "written_at": timezone.now()}
        said = ReadingNote.objects.update_or_create(reading=reading, defaults=values)[0]
    else:
        ReadingNote.objects.filter(reading=reading).delete()
        said = None
    told = {"reading": reading.date.isoformat(), "note": text}
    record("content.edit", kpi, acting_person=acting_person, data=told)
    renew_entries(Kpi.objects.filter(pk=kpi.pk))
    return said


def _cleaned(text: str, longest: int) -> str:
    """Without what no text may hold; nothing is a text as well."""
    if not text.strip():
        return ""
    try:
        return clean_text(text, longest=longest)
    except ValidationError as error:
        raise ValidationError({"text": error.error_list}) from error
