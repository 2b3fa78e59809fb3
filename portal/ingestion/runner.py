"""Runs a delivery: reads it and applies it. Twice, late or cut off, the end is the same."""

from __future__ import annotations

import hashlib
import logging
from datetime import timedelta
from itertools import islice

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.host import gate
from portal.ingestion import adapters, holding, rejections, trouble
from portal.ingestion.adapter import Adapter, UnreadablePayload
from portal.ingestion.batches import BATCH, Batches, configuration_of
from portal.ingestion.inbox import open_body
from portal.ingestion.lease import LeaseLost, SourceLease, lease_on
from portal.ingestion.models import Delivery, Record, RejectedItem, Run, Source
from portal.ingestion.spool import Spool
from portal.ingestion.survey import Survey

logger = logging.getLogger(__name__)

ATTEMPTS = 5
FAILED = Run.State.FAILED


def may_run(source: Source) -> bool:
    """Whether deliveries are applied now: asks the home only. Until then they wait."""
    return not source.paused and source.adapter in adapters.every() and gate.is_on_in(source.plugin, source.department)


def run(delivery: Delivery, *, trigger: str = Run.Trigger.PUSH) -> Run | None:
    """Applies one delivery. None: not now (switched off, paused, done or being done by another worker).

    What goes wrong is written to the run, the delivery and the source, not raised.
    """
    source = Source.objects.select_related("department").get(pk=delivery.source_id)
    if not may_run(source):
        return None
    with lease_on(source) as lease:
        delivery = Delivery.objects.get(pk=delivery.pk)
        delivery.source = source
        if lease is None or delivery.state != Delivery.State.WAITING:
            return None
        interrupted = source.runs.filter(state=Run.State.RUNNING)
        interrupted.update(state=FAILED, finished_at=timezone.now(), error=_("It was cut off."))
        attempt = Run.objects.create(source=source, delivery=delivery, trigger=trigger)
        return _attempt(attempt, adapters.get(source.adapter), lease)


def _attempt(attempt: Run, adapter: Adapter, lease: SourceLease) -> Run:
    batches, spool = Batches(attempt.source, adapter, attempt, lease), Spool()
    try:
        _carry_out(attempt, adapter, batches, spool)
    except LeaseLost:
        pass  # whoever took the source has closed this run
    except UnreadablePayload as error:
        _fail(attempt, batches, str(error) or _("The delivery cannot be read."))
    except Exception as error:  # whatever a plugin's adapter raises, the inbox keeps the delivery and moves on
        logger.exception("source %r", attempt.source.slug)
        _fail(attempt, batches, f"{type(error).__name__}: {error}")
    finally:
        spool.close()
    return attempt


def _carry_out(attempt: Run, adapter: Adapter, batches: Batches, spool: Spool) -> None:
    if _is_older(attempt.delivery, adapter):
        _ignore(attempt)
        return
    if _says_the_same(attempt, adapter):
        batches.count_all_unchanged()
        _finish(attempt, counts=batches.counts, complete=True)
        return
    survey = _read(attempt.delivery, adapter, batches.lease, spool)
    if reason := _reason_to_hold(attempt.delivery, survey):
        holding.hold(attempt, survey, reason, batches.lease)
        return
    batches.follow(survey)
    _uncover(attempt.source)
    for batch in spool.batches(BATCH):
        batches.apply(batch)
    batches.end()
    if batches.counts["rejected"] and not batches.used_any and (first := _first_refused(attempt)):
        rejections.close_after(attempt, complete=survey.complete)
        _find_unusable(attempt, batches.counts, first)
        return
    batches.counts["missing"] += _settle(attempt, adapter, batches.lease, survey)
    _finish(
        attempt,
        counts=batches.counts,
        configuration_hash=survey.configuration_hash,
        complete=survey.complete,
    )


def _is_older(delivery: Delivery, adapter: Adapter) -> bool:
    """A complete delivery sent before one that was applied: all it could add is out of date."""
    covered = delivery.source.covered_at
    return adapter.complete and covered is not None and delivery.sent_at < covered


def _says_the_same(attempt: Run, adapter: Adapter) -> bool:
    """Whether it is, byte by byte and read in the same way, what was applied last and whole: nothing can have changed.

    By hand it is read all the same, for whoever has mended an adapter.
    """
    if not adapter.complete or adapter.moves_with_time or attempt.trigger == Run.Trigger.COMMAND:
        return False
    return attempt.source.covered_hash == _covering(attempt)


def _covering(attempt: Run) -> str:
    text = f"{attempt.delivery.content_hash}\n{configuration_of(attempt.source)}"
    return hashlib.sha256(text.encode()).hexdigest()


def _uncover(source: Source) -> None:
    """From the first batch to the last the items are of two deliveries; a run that is cut off leaves them so."""
    Source.objects.filter(pk=source.pk).exclude(covered_hash="").update(covered_hash="")


def _read(delivery: Delivery, adapter: Adapter, lease: SourceLease, spool: Spool) -> Survey:
    """Reads the payload to its end and spools what has to be applied. Raises UnreadablePayload."""
    complete = adapter.covers_all(open_body(delivery))
    survey = Survey(delivery.source, complete=complete, sent_at=delivery.sent_at)
    parts = iter(adapter.read(open_body(delivery), delivery.source))
    while batch := list(islice(parts, BATCH)):
        spool.put(survey.sift(batch))
        lease.keep()
    return survey


def _reason_to_hold(delivery: Delivery, survey: Survey) -> str:
    return "" if delivery.confirmed_at else survey.reason_to_hold()


def _settle(attempt: Run, adapter: Adapter, lease: SourceLease, survey: Survey) -> int:
    """After the last batch: what a complete delivery no longer has is missing, old rejections are closed."""
    missing = 0
    # A refused item without a name may be any of those that seem to be missing.
    if survey.complete and survey.missing and not rejections.any_nameless(attempt):
        for records in survey.unseen():
            missing += _mark_missing(attempt, adapter, lease, records)
    rejections.close_after(attempt, complete=survey.complete)
    return missing


@transaction.atomic
def _mark_missing(attempt: Run, adapter: Adapter, lease: SourceLease, records: dict[int, str]) -> int:
    lease.renew()
    adapter.mark_missing(attempt.source, list(records.values()))
    return Record.objects.filter(pk__in=records).update(missing_since=timezone.now())


def _close(attempt: Run, state: str, delivery_state: str, *, counts: dict[str, int], said: str = "") -> None:
    """The run and its delivery come to an end; `said`: a sentence about it, for whoever reads the receipt."""
    attempt.state, attempt.finished_at, attempt.counts, attempt.error = state, timezone.now(), counts, said
    attempt.save(update_fields=["state", "finished_at", "counts", "error"])
    delivery = attempt.delivery
    delivery.state, delivery.error, delivery.retry_at = delivery_state, said, None
    delivery.save(update_fields=["state", "error", "retry_at"])


@transaction.atomic
def _ignore(attempt: Run) -> None:
    reason = _("A newer delivery was applied before this one; nothing of this one was used.")
    _close(attempt, Run.State.IGNORED, Delivery.State.IGNORED, counts={}, said=reason)


def _first_refused(attempt: Run) -> str:
    """Position and reason of the first item that was refused and not mended by hand, "" without any."""
    first = attempt.rejected_items.filter(state=RejectedItem.State.OPEN).order_by("pk").first()
    return str(first) if first else ""


@transaction.atomic
def _find_unusable(attempt: Run, counts: dict[str, int], first: str) -> None:
    """All that was delivered was refused: what is there stays, no fresher than it was, and whoever keeps it is told."""
    said = {"number": counts["rejected"], "first": first}
    text = _("None of the %(number)d items could be used; the first: %(first)s") % said
    error = rejections.clean(text, 500)
    _close(attempt, Run.State.DONE, Delivery.State.APPLIED, counts=counts, said=error)
    trouble.failed(attempt.source, error, at=attempt.delivery.sent_at)
    trouble.goes_on(attempt.source, error)


@transaction.atomic
def _finish(attempt: Run, *, counts: dict[str, int], configuration_hash: str = "", complete: bool = False) -> None:
    source, delivery, now = attempt.source, attempt.delivery, timezone.now()
    _close(attempt, Run.State.DONE, Delivery.State.APPLIED, counts=counts)
    changes: dict[str, object] = {"configuration_hash": configuration_hash} if configuration_hash else {}
    as_of = min(delivery.sent_at, now)  # the sender's clock may be ahead
    if source.last_success_at is None or source.last_success_at < as_of:
        changes["last_success_at"] = as_of
    if complete:
        changes["covered_at"] = delivery.sent_at
        # What was refused may be understood the next time, and what was older then is not for ever.
        unfinished = attempt.counts["rejected"] or attempt.counts["older"]
        changes["covered_hash"] = "" if unfinished else _covering(attempt)
        holding.supersede(delivery)
    Source.objects.filter(pk=source.pk).update(**changes)
    trouble.is_over(source, as_of=delivery.sent_at)


@transaction.atomic
def _fail(attempt: Run, batches: Batches, error: str) -> None:
    """Tries again later, ever more seldom; in the end the delivery is kept and the queue moves on."""
    delivery, now, error = attempt.delivery, timezone.now(), rejections.clean(error, 500)
    attempt.state, attempt.finished_at, attempt.error, attempt.counts = FAILED, now, error, batches.counts
    attempt.save(update_fields=["state", "finished_at", "error", "counts"])
    delivery.attempts += 1
    delivery.error = error
    if delivery.attempts >= ATTEMPTS:
        delivery.state, delivery.retry_at = Delivery.State.FAILED, None
    else:
        delivery.retry_at = now + timedelta(minutes=2 ** (delivery.attempts - 1))
    delivery.save(update_fields=["attempts", "error", "state", "retry_at"])
    trouble.failed(attempt.source, error, at=delivery.sent_at)
    if delivery.state == Delivery.State.FAILED:
        trouble.goes_on(attempt.source, error)


def run_waiting() -> int:
    """Applies one waiting delivery, the one sent first; 0 if none can be applied now. For the sweep."""
    due = Delivery.objects.waiting().filter(source__paused=False).exclude(retry_at__gt=timezone.now())
    passed_over: set[int] = set()
    for delivery in due.in_order().select_related("source__department").iterator(chunk_size=100):
        if delivery.source_id in passed_over:
            continue
        trigger = Run.Trigger.PUSH if delivery.kind == Delivery.Kind.PUSH else Run.Trigger.SCHEDULE
        if may_run(delivery.source) and run(delivery, trigger=trigger):
            return 1
        passed_over.add(delivery.source_id)
    return 0
