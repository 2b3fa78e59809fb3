"""A dry run: what a payload would change, without writing anything."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import islice
from typing import Any, BinaryIO

from django.utils import timezone

from portal.ingestion import adapters
from portal.ingestion.adapter import Rejection
from portal.ingestion.batches import BATCH
from portal.ingestion.models import Source
from portal.ingestion.survey import Survey

FIRST = 20


@dataclass
class Preview:
<<<<<<< HEAD
    """Counts as in a run, the first rejections in words, and the first items that are new or changed.

    `items`: {"external_id", "change": "new" or "changed", "values": the item's own}. `gone`: the first missing ones.
    """
=======
    """Counts as in a run, the first rejections in words, and why it would be held ("": it would not)."""
>>>>>>> truth

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    rejected: int = 0
    missing: int = 0
    rejections: list[str] = field(default_factory=list)
<<<<<<< HEAD
    items: list[dict[str, Any]] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
=======
    held: str = ""
>>>>>>> truth


def preview(source: Source, payload: BinaryIO) -> Preview:
    """Reads the payload as a run would. Raises UnreadablePayload."""
    adapter = adapters.get(source.adapter)
    survey = Survey(source, complete=adapter.complete, sent_at=timezone.now())
    parts, rejections = iter(adapter.read(payload, source)), list[str]()
    while batch := list(islice(parts, BATCH)):
<<<<<<< HEAD
        items = {part.external_id: part for part in batch if isinstance(part, Item)}
        seen.update(map(_short, items))
        known = Record.objects.filter(source=source, external_id__in=items, missing_since=None)
        hashes = dict(known.values_list("external_id", "content_hash"))
        other = {name: i for name, i in items.items() if hashes.get(name) != hash_of(i, configuration)}
        found.new += len(items) - len(hashes)
        found.changed += len(hashes) - (len(items) - len(other))
        found.unchanged += len(items) - len(other)
        found.items += [
            _shown(item, known=name in hashes) for name, item in islice(other.items(), FIRST - len(found.items))
        ]
        for part in batch:
            if isinstance(part, Rejection):
                found.rejected += 1
                seen.add(_short(part.external_id))
                found.rejections += [f"{part.position}: {part.reason}"][: FIRST - len(found.rejections)]
    if adapter.complete and _short("") not in seen:  # a refused item without a name may be any of those
        present = Record.objects.filter(source=source, missing_since=None).values_list("external_id", flat=True)
        for name in present.iterator():
            if _short(name) not in seen:
                found.missing += 1
                found.gone += [name][: FIRST - len(found.gone)]
    return found


def _shown(item: Item, *, known: bool) -> dict[str, Any]:
    values = item.model_dump(mode="json", exclude={"external_id"}, exclude_defaults=True)
    return {"external_id": item.external_id, "change": "changed" if known else "new", "values": values}


def _short(name: str) -> bytes:
    return hashlib.blake2b(name.encode("utf-8", "replace"), digest_size=12).digest()
=======
        survey.sift(batch)
        refused = (f"{part.position}: {part.reason}" for part in batch if isinstance(part, Rejection))
        rejections += islice(refused, FIRST - len(rejections))
    counts = {name: survey.counts[name] for name in ("new", "changed", "unchanged", "rejected")}
    return Preview(**counts, missing=survey.missing, rejections=rejections, held=survey.reason_to_hold())
>>>>>>> truth
