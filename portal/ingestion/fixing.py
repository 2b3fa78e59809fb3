"""Rejected items that are put right by hand, and those that are tried again.

What was mended goes in as the item of its delivery: at most once, never over what a newer delivery brought, and through
the adapter and the batches that every other item goes through. Each function is one transaction.
"""

from __future__ import annotations

import io

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.audit import record
from portal.ingestion import adapters
from portal.ingestion.actions import require
from portal.ingestion.adapter import CannotFix, Gone, Item, Rejection, UnreadablePayload
from portal.ingestion.batches import Batches
from portal.ingestion.inbox import open_body
from portal.ingestion.lease import SourceLease, lease_on
from portal.ingestion.models import Delivery, RejectedItem, Run, Source
from portal.ingestion.rejections import RAW_LIMIT
from portal.ingestion.runner import may_run
from portal.people.models import Person

LONGEST = RAW_LIMIT


def why_not(item: RejectedItem) -> str:
    """Why an item cannot be mended by hand, in a sentence; "" if it can be tried."""
    if item.state != RejectedItem.State.OPEN:
        return _("This was settled: %(state)s.") % {"state": item.get_state_display()}
    if len(item.raw) >= RAW_LIMIT:
        return _("It is so long that only its beginning was kept; mend it at the source.")
    if item.external_id and item.position == item.external_id:
        return _("It could be read, but not be stored; mend it at the source, or the settings of this source.")
    if item.source.adapter not in adapters.every():
        return _("Its plugin is not installed; nothing can be read.")
    return str(adapters.get(item.source.adapter).why_not_fixed())


def fix_rejected(item: RejectedItem, raw: str, *, acting_person: Person | None) -> str:
    """Reads `raw` in place of what was delivered, and applies it; what came of it, in a sentence.

    The source still sends what it sent: mend it there too. Raises ValidationError with what to mend, PermissionDenied.
    """
    require(acting_person)
    source = Source.objects.select_related("department").get(pk=item.source_id)
    if reason := why_not(item):
        raise ValidationError(reason)
    if len(raw) > LONGEST:
        raise ValidationError(_("Give at most %(most)d characters.") % {"most": LONGEST})
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
    batches.apply([made])
    if batches.counts["rejected"]:
        raise ValidationError(str(run.rejected_items.values_list("reason", flat=True)[0]))
    run.state, run.finished_at, run.counts = Run.State.DONE, timezone.now(), batches.counts
    run.save(update_fields=["state", "finished_at", "counts"])
    item.state = RejectedItem.State.FIXED
    item.save(update_fields=["state"])
    data = {"fixed": item.pk, "position": item.position, "external_id": made.external_id}
    record("source.run", source, acting_person=acting_person, data=data)
    return _told(batches.counts, made.external_id)


def _read(raw: str, delivery: Delivery, source: Source) -> Item:
    """The one item of the row. Raises ValidationError."""
    adapter = adapters.get(source.adapter)
    try:
        payload = adapter.alone(raw, open_body(delivery), source)
        parts = list(adapter.read(io.BytesIO(payload), source))
    except (CannotFix, UnreadablePayload) as error:
        raise ValidationError(str(error)) from error
    if len(parts) != 1:
        raise ValidationError(_("This is not one item but %(number)d; give one.") % {"number": len(parts)})
    if isinstance(parts[0], Rejection):
        raise ValidationError(parts[0].reason)
    if isinstance(parts[0], Gone):
        raise ValidationError(_("This only says that the item is gone; give the item."))
    return parts[0]


def _told(counts: dict[str, int], name: str) -> str:
    if counts["older"]:
        return _("A newer delivery has brought %(name)s meanwhile; that was left as it is.") % {"name": name}
    if counts["unchanged"]:
        return _("%(name)s is there already, just like this.") % {"name": name}
    return _("%(name)s went in.") % {"name": name}


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
