"""Taking back everything that came from a source: what was delivered by mistake is gone for readers at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import CASCADE, PROTECT, Model, ProtectedError
from django.utils.translation import gettext as _

from portal.audit import record
from portal.catalogue.actions import remove_entries
from portal.catalogue.models import Entry
from portal.ingestion import adapters
from portal.ingestion.actions import require
from portal.ingestion.lease import SourceLease, lease_on
from portal.ingestion.models import Chunk, Delivery, Source, WriteBack
from portal.notifications.models import Notification
from portal.people.models import Person

BATCH = 500
UNDECIDED = (Delivery.State.WAITING, Delivery.State.HELD, Delivery.State.FAILED)


@dataclass(frozen=True)
class Look:
    """What withdrawing takes away: `things` in words ("120 tasks"), `waiting` deliveries, `rejected` items."""

    things: list[str]
    waiting: int
    rejected: int

    def facts(self) -> dict[str, Any]:
        return {"things": self.things, "waiting": self.waiting, "rejected": self.rejected}


def look(source: Source) -> Look:
    """What there is now. One query for each kind of thing, and two."""
    return Look(
        things=[in_words for model, path in _all_of(Source, "") if (in_words := counted(model, path, source))],
        waiting=source.deliveries.filter(state__in=UNDECIDED).count(),
        rejected=source.rejected_items.count(),
    )


@transaction.atomic
def remove_rows(source: Source) -> None:
    """Deletes all rows that hang on the source, their entries and what people were told of them; in portions."""
    for model, field in holders(Source):
        rows = model._base_manager.filter(**{field: source})
        ids = list(rows.order_by("pk").values_list("pk", flat=True))
        for start in range(0, len(ids), BATCH):
            some = ids[start : start + BATCH]
            keys = [str(pk) for pk in some]
            entries = Entry.objects.filter(label=model._meta.label_lower, key__in=keys)
            Notification.objects.filter(entry__in=list(entries.values_list("pk", flat=True))).delete()
            remove_entries(entries)
            model._base_manager.filter(pk__in=some).delete()


def withdraw(source: Source, *, acting_person: Person | None) -> Look:
    """Takes back all that came from the source, and pauses it; returns what it was. One transaction.

    Rows, entries, what people were told of them, kept bodies and rejected items are gone; runs and deliveries stay
    as history, without content. What is known of each item is forgotten, so that a later delivery brings it anew.
    Raises ValidationError with what is in the way, PermissionDenied.
    """
    require(acting_person)
    if source.adapter not in adapters.every():
        raise ValidationError(_("Its plugin is not installed, and nothing of it is shown; install it first."))
    with lease_on(source) as lease:
        if lease is None:
            raise ValidationError(_("This source is being read right now; pause it, and try again in a minute."))
        try:
            return _withdraw(source, lease, acting_person)
        except ProtectedError as error:
            kinds = sorted({str(one._meta.verbose_name_plural) for one in error.protected_objects})
            said = {"things": ", ".join(kinds)}
            raise ValidationError(
                _("These keep what came from this source: %(things)s. Delete them first.") % said
            ) from error


@transaction.atomic
def _withdraw(source: Source, lease: SourceLease, acting_person: Person | None) -> Look:
    lease.renew()
    found = look(source)
    adapters.get(source.adapter).withdraw(source)
    source.records.all().delete()
    source.rejected_items.all().delete()
    Chunk.objects.filter(delivery__source=source).delete()
    source.deliveries.filter(state__in=UNDECIDED).update(
        state=Delivery.State.DISCARDED, retry_at=None, error=_("Everything from this source was withdrawn.")
    )
    source.write_backs.filter(state=WriteBack.State.WAITING).update(state=WriteBack.State.WITHDRAWN, retry_at=None)
    _forget(source)
    record("source.withdraw", source, acting_person=acting_person, data=found.facts())
    return found


def _forget(source: Source) -> None:
    """As if nothing had ever come from it; what comes next is a first delivery, of which nobody is told by item."""
    source.paused = True
    source.etag = source.last_modified = source.content_hash = source.covered_hash = source.configuration_hash = ""
    source.last_error, source.trouble, source.failures = "", Source.Trouble.NONE, 0
    source.covered_at = source.last_success_at = source.failed_at = None
    source.save(
        update_fields=[
            "paused", "etag", "last_modified", "content_hash", "covered_hash", "configuration_hash", "last_error",
            "trouble", "failures", "covered_at", "last_success_at", "failed_at", "updated_at",
        ]
    )  # fmt: skip


def _related(model: type[Model], on_delete: Any) -> Iterator[tuple[type[Model], str]]:
    for relation in model._meta.get_fields(include_hidden=True):
        if relation.auto_created and getattr(relation, "on_delete", None) is on_delete:
            yield relation.related_model, relation.field.name  # type: ignore[union-attr,misc]


def holders(model: type[Model]) -> Iterator[tuple[type[Model], str]]:
    """(model, field) of what hangs on a source: it keeps it from being deleted."""
    return _related(model, PROTECT)


def _all_of(model: type[Model], path: str) -> Iterator[tuple[type[Model], str]]:
    """(model, path to the source) of what hangs on it, and of what goes with that: readings of a figure, notes."""
    for related, field in holders(model) if not path else _related(model, CASCADE):
        steps = f"{field}__{path}" if path else field
        yield related, steps
        if steps.count("__") < 3:
            yield from _all_of(related, steps)


def counted(model: type[Model], path: str, source: Source) -> str:
    """How many rows of a model hang on the source, in words: "120 tasks"; "" for none. One query."""
    number = model._base_manager.filter(**{path: source}).count()
    name = model._meta.verbose_name if number == 1 else model._meta.verbose_name_plural
    return f"{number} {name}" if number else ""
