"""Applies items in batches: each is one transaction that either happened as a whole or not at all."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import DataError, IntegrityError, transaction
from django.utils import timezone

from portal.ingestion import records, rejections, trouble
from portal.ingestion.adapter import Adapter, Gone, Item, Part, Rejection
from portal.ingestion.lease import SourceLease
from portal.ingestion.models import Record, Run, Source

if TYPE_CHECKING:
    from portal.ingestion.survey import Survey

BATCH = 1000
# What says that an item is at fault, not the machinery: the batch is searched for it, the rest goes in.
ITEM_FAULTS = (ValueError, ValidationError, IntegrityError, DataError)
# More poison than this in one run is no item's fault any more.
MOST_POISON = 50


class Batches:
    """What a run needs to apply its batches, and how many of what there were."""

    def __init__(self, source: Source, adapter: Adapter, run: Run, lease: SourceLease) -> None:
        self.source, self.adapter, self.run, self.lease = source, adapter, run, lease
        self.sent_at: datetime = run.delivery.sent_at
        self.counts = dict.fromkeys(("read", "new", "changed", "unchanged", "older", "rejected", "missing"), 0)
        self._poison = 0
        self._nothing_known = False
        self._configuration = configuration_of(source)
        self._told = False
        self._any_rejected_before = rejections.any_open_before(run)

    def follow(self, survey: Survey) -> None:
        """Before the first batch: counts what was found while reading and is not among the batches."""
        self.counts["read"] += survey.counts["read"]
        self.counts["older"] += survey.counts["older"]
        self.counts["unchanged"] += survey.settled
        self._nothing_known = survey.is_first

    def end(self) -> None:
        """After the last batch. What came twice in a first delivery is one new item."""
        if self._nothing_known:
            self.counts["new"] = Record.objects.filter(source=self.source).count()

    @property
    def used_any(self) -> bool:
        """Whether any of the items read was of use, be it that it said what is known."""
        return any(self.counts[name] for name in ("new", "changed", "unchanged", "older", "missing"))

    def count_all_unchanged(self) -> None:
        """The delivery says what is known already."""
        present = Record.objects.filter(source=self.source, missing_since=None).count()
        self.counts["read"] = self.counts["unchanged"] = present

    def apply(self, batch: Sequence[Part]) -> None:
        """One batch: what is new or changed goes to the adapter, what is refused is kept. One transaction."""
        items = {part.external_id: part for part in batch if isinstance(part, Item)}  # of doubles the last wins
        refused = [part for part in batch if isinstance(part, Rejection)]
        with transaction.atomic():
            self.lease.renew()
            self._keep(refused)
            self.counts["rejected"] += len(refused)
            self._apply_items(items)
            self._mark_gone({part.external_id for part in batch if isinstance(part, Gone)} - items.keys())

    def _apply_items(self, items: dict[str, Item]) -> None:
        if not items:
            return
        known = {} if self._nothing_known else records.known(self.source, items)
        hashes = {name: hash_of(item, self._configuration) for name, item in items.items()}
        older = {name for name, record in known.items() if record.delivered_at > self.sent_at}
        unchanged = {
            name
            for name, record in known.items()
            if name not in older and record.content_hash == hashes[name] and record.missing_since is None
        }
        wanted = [item for name, item in items.items() if name not in older and name not in unchanged]
        self.counts["older"] += len(older)
        self.counts["unchanged"] += len(unchanged)
        stale = [known[name].pk for name in unchanged if known[name].delivered_at < self.sent_at]
        Record.objects.filter(pk__in=stale).update(delivered_at=self.sent_at)
        applied = self._apply_or_search(wanted)
        self._remember([(name, hashes[name]) for name in applied], known)
        if self._any_rejected_before:
            rejections.close_applied(self.source, self.run, applied)

    def _mark_gone(self, names: Collection[str]) -> None:
        """What the delivery itself says is gone, unless a newer one had it."""
        if not names:
            return
        here = Record.objects.filter(source=self.source, external_id__in=names, missing_since=None)
        gone = dict(here.filter(delivered_at__lte=self.sent_at).values_list("pk", "external_id"))
        if gone:
            self.adapter.mark_missing(self.source, list(gone.values()))
            Record.objects.filter(pk__in=gone).update(missing_since=timezone.now(), delivered_at=self.sent_at)
        self.counts["missing"] += len(gone)

    def _apply_or_search(self, items: Sequence[Item]) -> list[str]:
        """Applies the items, without those found to be at fault by halving. Returns the names applied."""
        if not items:
            return []
        try:
            with transaction.atomic():
                self.adapter.apply(self.source, items)
        except ITEM_FAULTS as error:
            if len(items) == 1:
                self._reject(items[0], error)
                return []
            half = len(items) // 2
            return self._apply_or_search(items[:half]) + self._apply_or_search(items[half:])
        return [item.external_id for item in items]

    def _reject(self, item: Item, error: Exception) -> None:
        self._poison += 1
        if self._poison > MOST_POISON:
            raise RuntimeError(f"more than {MOST_POISON} items could not be stored, the last: {error}") from error
        reason = "; ".join(error.messages) if isinstance(error, ValidationError) else str(error)
        raw = item.model_dump_json()
        self._keep([Rejection(item.external_id, reason, raw, item.external_id)])
        self.counts["rejected"] += 1

    def _keep(self, refused: Sequence[Rejection]) -> None:
        """Tells of it where nothing was open, in the transaction that opens it: once, whatever is tried again."""
        if rejections.keep(self.run, refused) and not self._any_rejected_before and not self._told:
            trouble.refused(self.source, refused[0].reason)
            self._told = True

    def _remember(self, applied: Sequence[tuple[str, str]], known: dict[str, Any]) -> None:
        self.counts["new"] += sum(name not in known for name, _hash in applied)
        self.counts["changed"] += sum(name in known for name, _hash in applied)
        records.remember(self.source, dict(applied), self.sent_at)


def hash_of(item: Item, configuration: str) -> str:
    """Of the item and of the source's configuration: with other settings the same item is another."""
    return hashlib.sha256(f"{configuration}\n{item.model_dump_json()}".encode()).hexdigest()


def configuration_of(source: Source) -> str:
    """What of a source's configuration an item may depend on."""
    roles = f" {sorted(source.audience_roles)}" if source.audience_roles else ""
    return f"{source.department_id} {source.audience_key} {source.settings}{roles}"
