"""A dry run: what a payload would change, without writing anything."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from itertools import islice
from typing import BinaryIO

from portal.ingestion import adapters
from portal.ingestion.adapter import Gone, Item, Rejection
from portal.ingestion.batches import BATCH, configuration_of, hash_of
from portal.ingestion.formats.base import seekable
from portal.ingestion.models import Record, Source

FIRST = 20


@dataclass
class Preview:
    """Counts as in a run, and the first rejections in words."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    rejected: int = 0
    missing: int = 0
    rejections: list[str] = field(default_factory=list)


def preview(source: Source, payload: BinaryIO) -> Preview:
    """Reads the payload as a run would. Raises UnreadablePayload."""
    adapter, found, configuration = adapters.get(source.adapter), Preview(), configuration_of(source)
    payload = seekable(payload)
    start = payload.tell()
    complete = adapter.covers_all(payload)
    payload.seek(start)
    parts = iter(adapter.read(payload, source))
    seen: set[bytes] = set()
    while batch := list(islice(parts, BATCH)):
        items = {part.external_id: part for part in batch if isinstance(part, Item)}
        seen.update(map(_short, items))
        known = Record.objects.filter(source=source, external_id__in=items, missing_since=None)
        hashes = dict(known.values_list("external_id", "content_hash"))
        same = sum(hashes.get(name) == hash_of(item, configuration) for name, item in items.items())
        found.new += len(items) - len(hashes)
        found.changed += len(hashes) - same
        found.unchanged += same
        for part in batch:
            if isinstance(part, Gone) and not complete:
                here = Record.objects.filter(source=source, external_id=part.external_id, missing_since=None)
                found.missing += here.count()
            if isinstance(part, Rejection):
                found.rejected += 1
                seen.add(_short(part.external_id))
                found.rejections += [f"{part.position}: {part.reason}"][: FIRST - len(found.rejections)]
    if complete:
        present = Record.objects.filter(source=source, missing_since=None).values_list("external_id", flat=True)
        found.missing = sum(_short(name) not in seen for name in present.iterator())
    return found


def _short(name: str) -> bytes:
    return hashlib.blake2b(name.encode("utf-8", "replace"), digest_size=12).digest()
