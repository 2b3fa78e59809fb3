"""Rejected items that are put right by hand, and those that are tried again.

What was mended goes in as the item of its delivery: at most once, never over what a newer delivery brought, and through
the adapter and the batches that every other item goes through. Each function is one transaction.
"""

from __future__ import annotations

import io
import math
import time
from collections.abc import Generator

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from portal.audit import record
from portal.ingestion import adapters
from portal.ingestion.actions import require
from portal.ingestion.adapter import CannotFix, Cell, Gone, Item, Rejection, UnreadablePayload
from portal.ingestion.batches import BATCH, Batches
from portal.ingestion.inbox import open_body
from portal.ingestion.lease import SourceLease, lease_on
from portal.ingestion.models import Delivery, RejectedItem, Run, Source
from portal.ingestion.rejections import RAW_LIMIT, fingerprint_of
from portal.ingestion.runner import may_run
from portal.ingestion.webhook import SIZE_LIMIT
from portal.people.models import Person


def why_not(item: RejectedItem) -> str:
    """Why an item cannot be mended by hand, in a sentence; "" if it can be tried."""
    if item.state != RejectedItem.State.OPEN:
        return _("This was settled: %(state)s.") % {"state": item.get_state_display()}
    if item.external_id and item.position == item.external_id:
        return _("It could be read, but not be stored; mend it at the source, or the settings of this source.")
    if item.source.adapter not in adapters.every():
        return _("Its plugin is not installed; nothing can be read.")
    return str(adapters.get(item.source.adapter).why_not_fixed(item.raw))


def is_cut(item: RejectedItem) -> bool:
    """Whether only its beginning is kept with it; `whole` finds the rest."""
    return len(item.raw) >= RAW_LIMIT


def whole(item: RejectedItem, *, seconds: float | None = None) -> str:
    """All of it, as it was delivered; what is long is looked for in the delivery itself, for at most so long.

    Raises ValidationError with what to do instead.
    """
    if not is_cut(item):
        return item.raw
    if item.source.adapter not in adapters.every() or not item.run.delivery.chunks.exists():
        raise ValidationError(_("What it came with is kept no longer, or its plugin is not installed."))
    try:
        found = _looked_for(item, time.monotonic() + seconds if seconds else math.inf)
    except UnreadablePayload as error:
        raise ValidationError(str(error)) from error
    if found is None:
        raise ValidationError(_("With the settings of now it is not refused any more; try it again."))
    return found.raw


def _looked_for(item: RejectedItem, until: float) -> Rejection | None:
    """The refused item as its delivery has it. Raises UnreadablePayload, ValidationError if that takes too long."""
    body = open_body(item.run.delivery)
    parts = adapters.get(item.source.adapter).read(body, item.source)
    try:
        # Where a row is said to be is in the words of the worker.
        with override(settings.LANGUAGE_CODE):
            for part in parts:
                if isinstance(part, Rejection) and fingerprint_of(part) == item.fingerprint:
                    return part
                if time.monotonic() > until:
                    break
            else:
                return None
    finally:
        if isinstance(parts, Generator):
            parts.close()  # before the body that it reads
    said = {"source": item.source.slug, "number": item.pk}
    raise ValidationError(
        _("Looking for it takes too long here. On the server: manage.py ingest rejected %(source)s %(number)d") % said
    )


def cells_of_item(item: RejectedItem) -> list[Cell] | None:
    """The item column by column, if it is a row of a table and fits its columns; else it is mended as text."""
    if is_cut(item) or not item.run.delivery.chunks.exists():
        return None
    try:
        return adapters.get(item.source.adapter).cells(item.raw, open_body(item.run.delivery), item.source)
    except (CannotFix, UnreadablePayload):
        return None


def most_bytes(source: Source) -> int:
    """How long a mended item may be: as long as the whole delivery it is part of."""
    return source.transport_settings.max_megabytes * 1024 * 1024 if source.pull_from else SIZE_LIMIT


def fix_rejected(item: RejectedItem, raw: str, *, acting_person: Person | None) -> str:
    """Reads `raw` in place of what was delivered, and applies it; what came of it, in a sentence.

    The source still sends what it sent: mend it there too. Raises ValidationError with what to mend, PermissionDenied.
    """
    require(acting_person)
    source = Source.objects.select_related("department").get(pk=item.source_id)
    if reason := why_not(item):
        raise ValidationError(reason)
    if len(raw) > most_bytes(source) or len(raw.encode("utf-8", "replace")) > most_bytes(source):
        raise ValidationError(_("Give at most %(most)d MB.") % {"most": most_bytes(source) // 1024 // 1024})
    if not may_run(source):
        raise ValidationError(_("The source is paused, or its plugin is off in its department; nothing is applied."))
    with lease_on(source) as lease:
        if lease is None:
            raise ValidationError(_("This source is being read right now; try again in a minute."))
        return _fix(item.pk, source, raw, lease, acting_person)


@transaction.atomic
def _fix(pk: int, source: Source, raw: str, lease: SourceLease, acting_person: Person | None) -> str:
    lease.renew()
    item = RejectedItem.objects.select_related("run__delivery", "source").select_for_update(of=("self",)).get(pk=pk)
    if reason := why_not(item):
        raise ValidationError(reason)  # somebody else was faster
    delivery = item.run.delivery
    adapter = adapters.get(source.adapter)
    if adapter.complete and source.covered_at is not None and delivery.sent_at < source.covered_at:
        raise ValidationError(_("A newer delivery was applied meanwhile; what this one lacked is out of date."))
    made = _read(raw, delivery, source)
    run = Run.objects.create(source=source, delivery=delivery, trigger=Run.Trigger.COMMAND)
    batches = Batches(source, adapter, run, lease)
    for start in range(0, len(made), BATCH):
        batches.apply(made[start : start + BATCH])
    if batches.counts["rejected"]:
        raise ValidationError(str(run.rejected_items.values_list("reason", flat=True)[0]))
    run.state, run.finished_at, run.counts = Run.State.DONE, timezone.now(), batches.counts
    run.save(update_fields=["state", "finished_at", "counts"])
    item.state = RejectedItem.State.FIXED
    item.save(update_fields=["state"])
    name = made[0].external_id
    data = {"fixed": item.pk, "position": item.position, "external_id": name, "items": len(made)}
    record("source.run", source, acting_person=acting_person, data=data)
    return _told(batches.counts, name) if len(made) == 1 else _several_told(batches.counts)


def _read(raw: str, delivery: Delivery, source: Source) -> list[Item]:
    """The item of the row, or those of a series. Raises ValidationError."""
    adapter = adapters.get(source.adapter)
    try:
        payload = adapter.alone(raw, open_body(delivery), source)
        parts = list(adapter.read(io.BytesIO(payload), source))
    except (CannotFix, UnreadablePayload) as error:
        raise ValidationError(str(error)) from error
    for part in parts:
        if isinstance(part, Rejection):
            raise ValidationError(part.reason)
        if isinstance(part, Gone):
            raise ValidationError(_("This only says that the item is gone; give the item."))
    if not parts:
        raise ValidationError(_("Nothing would come of this: it is empty, or lies outside the days that are read."))
    return [part for part in parts if isinstance(part, Item)]


def _told(counts: dict[str, int], name: str) -> str:
    if counts["older"]:
        return _("A newer delivery has brought %(name)s meanwhile; that was left as it is.") % {"name": name}
    if counts["unchanged"]:
        return _("%(name)s is there already, just like this.") % {"name": name}
    return _("%(name)s went in.") % {"name": name}


def _several_told(counts: dict[str, int]) -> str:
    """Of a series: how many of its items went in, and of how many there was something newer."""
    number = counts["new"] + counts["changed"]
    told = ngettext("%(n)d item went in.", "%(n)d items went in.", number) % {"n": number}
    if not counts["older"]:
        return told
    left = ngettext(
        "%(n)d was left as a newer delivery has it.", "%(n)d were left as a newer delivery has them.", counts["older"]
    )
    return f"{told} {left % {'n': counts['older']}}"


@transaction.atomic
def retry_rejected(items: QuerySet[RejectedItem], *, source: Source, acting_person: Person | None) -> int:
    """Puts the deliveries that these items came with back in the queue; how many."""
    require(acting_person)
    wanted = items.filter(source=source, state=RejectedItem.State.OPEN).values("run__delivery")
    done = Delivery.objects.filter(pk__in=wanted, state__in=(Delivery.State.APPLIED, Delivery.State.FAILED))
    ids = list(done.filter(chunks__number=0).values_list("pk", flat=True))
    count = Delivery.objects.filter(pk__in=ids).update(
        state=Delivery.State.WAITING, attempts=0, retry_at=None, error=""
    )
    record("source.run", source, acting_person=acting_person, data={"replayed": count})
    return count
