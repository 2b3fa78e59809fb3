"""What a delivery would change, found while it is read and before anything of it is applied."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from datetime import datetime

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from portal.ingestion import records, rejections
from portal.ingestion.adapter import Gone, Item, Part, Rejection
from portal.ingestion.batches import configuration_of, hash_of
from portal.ingestion.models import Record, Source

# A source with fewer items changes by large shares every day: only nothing at all is sudden there.
SMALL = 10
PAGE = 2**15


class Marked:
    """Ids of rows, a bit each: a million that lie close together take an eighth of a megabyte."""

    def __init__(self) -> None:
        self._pages: dict[int, bytearray] = {}
        self.count = 0

    def __contains__(self, pk: int) -> bool:
        page = self._pages.get(pk // PAGE)
        return page is not None and bool(page[pk % PAGE // 8] >> pk % 8 & 1)

    def add(self, pk: int) -> bool:
        """False if it was there."""
        if pk in self:
            return False
        page = self._pages.setdefault(pk // PAGE, bytearray(PAGE // 8))
        page[pk % PAGE // 8] |= 1 << pk % 8
        self.count += 1
        return True


class Survey:
    """Goes through a delivery batch by batch: counts what it would do, and passes on what has to be applied.

    `is_first`: nothing is known of the source's items. `counts` are those of a run, of items not yet applied; `settled`
    how many of the unchanged are not passed on. Nothing is written, and nothing of the delivery kept.
    """

    def __init__(self, source: Source, *, complete: bool, sent_at: datetime) -> None:
        self.source, self.complete, self.sent_at = source, complete, sent_at
        self.counts = dict.fromkeys(("read", "new", "changed", "unchanged", "older", "rejected"), 0)
        self.records: QuerySet[Record] = Record.objects.filter(source=source)
        self.settled = 0
        self.is_first = not self.records.exists()
        self.present = 0 if self.is_first else self.records.filter(missing_since=None).count()
        self._seen = Marked()
        self._present_seen = 0
        self._nameless = False
        self._refused = 0  # of the items that are there, what is refused of them for the first time
        self._refused_nameless = 0
        self._gone = 0  # of those that a delivery which is not complete says so
        self._configuration = configuration_of(source)
        self._shape = ""

    def sift(self, batch: Sequence[Part]) -> list[Part]:
        """What of a batch is new, changed or refused, in its order; of doubles in it the last."""
        self.counts["read"] += len(batch)
        items = {part.external_id: part for part in batch if isinstance(part, Item)}
        refused = [part for part in batch if isinstance(part, Rejection)]
        gone = [part for part in batch if isinstance(part, Gone) and part.external_id not in items]
        self._note_shape(items)
        if refused:
            self._refuse(refused)
        if self.is_first:
            self.counts["new"] += len(items)
            return [*refused, *gone, *items.values()]
        if gone and not self.complete:
            names = {part.external_id for part in gone}
            self._gone += self.records.filter(external_id__in=names, missing_since=None).count()
        return [*refused, *gone, *self._differing(items)]

    def _note_shape(self, items: dict[str, Item]) -> None:
        if not self._shape and items:
            self._shape = ",".join(type(next(iter(items.values()))).model_fields)

    def _refuse(self, refused: list[Rejection]) -> None:
        """A refused item is not missing, whatever is wrong with it."""
        self.counts["rejected"] += len(refused)
        names = {part.external_id for part in refused}
        self._nameless = self._nameless or "" in names
        if self.is_first:
            return
        sudden = {part.external_id or part.position for part in rejections.not_open_yet(self.source, refused)}
        self._refused_nameless += sum(part.position in sudden for part in refused if not part.external_id)
        known = self.records.filter(external_id__in=names).values_list("pk", "external_id", "missing_since")
        for pk, name, missing_since in known:
            if self._see(pk, missing_since) and missing_since is None and name in sudden:
                self._refused += 1

    def _differing(self, items: dict[str, Item]) -> list[Item]:
        known = records.known(self.source, items)
        wanted = []
        for name, item in items.items():
            record = known.get(name)
            if record is None:
                self.counts["new"] += 1
                wanted.append(item)
                continue
            # What came before in this delivery may have been another: then it is the order that counts.
            again = not self._see(record.pk, record.missing_since)
            if record.delivered_at > self.sent_at:
                self.counts["older"] += 1
                continue
            same = record.content_hash == hash_of(item, self._configuration) and record.missing_since is None
            self.counts["unchanged" if same else "changed"] += 1
            if same and not again and self._needs_no_mark(record.delivered_at):
                self.settled += 1
                continue
            wanted.append(item)
        return wanted

    def _needs_no_mark(self, delivered_at: datetime) -> bool:
        """Of a complete delivery the source's `covered_at` says for all items that they were confirmed."""
        return self.complete or delivered_at == self.sent_at

    def _see(self, pk: int, missing_since: datetime | None) -> bool:
        new = self._seen.add(pk)
        self._present_seen += new and missing_since is None
        return new

    @property
    def configuration_hash(self) -> str:
        """Of what, beside the source's own data, decides how items come out: its settings and the item's fields."""
        return hashlib.sha256(f"{self._configuration}\n{self._shape}".encode()).hexdigest()

    @property
    def missing(self) -> int:
        """How many items the source had that it no longer has, as far as the delivery tells."""
        if not self.complete:
            return self._gone
        return 0 if self._nameless else self.present - self._present_seen

    @property
    def refused(self) -> int:
        """How many items that are there it would have replaced, had it not been refused; not what was refused before.

        What is refused without a name may be any of those that seem to be missing.
        """
        if not self.complete:
            return self._refused
        return self._refused + min(self._refused_nameless, self.present - self._present_seen)

    def unseen(self) -> Iterator[dict[int, str]]:
        """Records the delivery has nothing for, by id, in portions; whoever reads them may change them meanwhile."""
        rows = self.records.filter(missing_since=None, delivered_at__lt=self.sent_at).order_by("pk")
        last = 0
        while page := list(rows.filter(pk__gt=last).values_list("pk", "external_id")[:500]):
            last = page[-1][0]
            if found := {pk: name for pk, name in page if pk not in self._seen}:
                yield found

    def reason_to_hold(self) -> str:
        """Why a person should look at it first, in a sentence with numbers; "" if it is what one may expect.

        The first delivery of a source is never held, nor what changes because the source was set up anew.
        """
        share, missing, refused = self.source.hold_share, self.missing, self.refused
        if share is None or not self.present or self.source.last_success_at is None:
            return ""
        if missing == self.present and self.counts["read"] == 0:
            return _("It delivers nothing; the source had %(present)d items.") % {"present": self.present}
        changed = self.counts["changed"]
        if self.source.configuration_hash != self.configuration_hash:
            changed = 0
        touched = missing + changed + refused
        if self.present < SMALL or touched * 100 <= share * self.present:
            return ""
        said = {
            "missing": missing,
            "changed": changed,
            "refused": refused,
            "present": self.present,
            "percent": touched * 100 // self.present,
            "share": share,
        }
        return _why(refused) % said


def _why(refused: int) -> str:
    if refused:
        return _(
            "Of %(present)d items it would mark %(missing)d as missing, change %(changed)d and refuse %(refused)d: "
            "%(percent)d%%, more than the %(share)d%% that are let through."
        )
    return _(
        "Of %(present)d items it would mark %(missing)d as missing and change %(changed)d: "
        "%(percent)d%%, more than the %(share)d%% that are let through."
    )
