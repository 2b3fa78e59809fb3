"""Running a source by hand, and the end of one. Actors are keyword-only; each function is one transaction."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from portal.audit import record
from portal.ingestion import adapters
from portal.ingestion.actions import require
from portal.ingestion.models import Source
from portal.ingestion.runner import may_run
from portal.ingestion.withdrawing import counted, holders
from portal.people.models import Person


@transaction.atomic
def run_now(source: Source, *, acting_person: Person | None) -> int:
    """Hands the source to the worker: it is fetched within seconds, and what waits is tried. How many wait.

    Raises ValidationError if there is nothing to do, or nobody who may do it.
    """
    require(acting_person)
    if source.paused:
        raise ValidationError(_("The source is paused; resume it first."))
    if source.adapter not in adapters.every():
        raise ValidationError(_("Its plugin is not installed; what is sent waits until it is."))
    if not may_run(source):
        said = {"plugin": source.plugin, "department": source.department.name}
        text = _("The plugin %(plugin)s is off in %(department)s; switch it on there first. What is sent is kept.")
        raise ValidationError(text % said)
    waiting = source.deliveries.waiting().update(retry_at=None)
    if source.pull_from:
        Source.objects.filter(pk=source.pk).update(next_run_at=timezone.now(), failures=0)
    elif not waiting:
        raise ValidationError(_("Nothing is fetched from this source, and nothing that it sent waits."))
    record("source.run", source, acting_person=acting_person, data={"now": True, "waiting": waiting})
    return waiting


def hangs_on(source: Source) -> list[str]:
    """What keeps a source from being deleted, in words: "120 tasks"; empty if it can be. One query a kind."""
    return [words for model, field in holders(Source) if (words := counted(model, field, source))]


@transaction.atomic
def delete_source(source: Source, *, acting_person: Person | None) -> None:
    """With what it sent and its history. Raises ValidationError while anything hangs on it, PermissionDenied."""
    require(acting_person)
    if found := hangs_on(source):
        told = _("%(things)s came from this source and would be gone; pause it, or withdraw everything first.")
        raise ValidationError(capfirst(told % {"things": ", ".join(found)}))
    record("source.delete", source, acting_person=acting_person, data={"slug": source.slug, "name": source.name})
    source.delete()


def in_words(waiting: int) -> str:
    """What run_now has set going."""
    if not waiting:
        return _("It is fetched by the worker within seconds.")
    text = ngettext(
        "The worker is at it: %(number)d delivery waits.", "The worker is at it: %(number)d deliveries wait.", waiting
    )
    return text % {"number": waiting}
