"""A dry run: what a payload would change, without writing anything."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import islice
from typing import Any, BinaryIO

from django.utils import timezone

from portal.ingestion import adapters, records
from portal.ingestion.adapter import Item, Rejection
from portal.ingestion.batches import BATCH
from portal.ingestion.formats.base import seekable
from portal.ingestion.models import Source
from portal.ingestion.survey import Survey

FIRST = 20


@dataclass
class Preview:
    """Counts as in a run, the first rejections in words, and the first items that are new or changed.

    `items`: {"external_id", "change": "new" or "changed", "values": the item's own}. `gone`: the first missing ones.
    `held`: why it would be held ("": it would not).
    """

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    rejected: int = 0
    missing: int = 0
    rejections: list[str] = field(default_factory=list)
    items: list[dict[str, Any]] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    held: str = ""


def preview(source: Source, payload: BinaryIO) -> Preview:
    """Reads the payload as a run would. Raises UnreadablePayload."""
    adapter = adapters.get(source.adapter)
    payload = seekable(payload)
    start = payload.tell()
    survey = Survey(source, complete=adapter.covers_all(payload), sent_at=timezone.now())
    payload.seek(start)
    parts, rejections, items = iter(adapter.read(payload, source)), list[str](), list[Item]()
    while batch := list(islice(parts, BATCH)):
        other = (part for part in survey.sift(batch) if isinstance(part, Item))
        items += islice(other, FIRST - len(items))
        refused = (f"{part.position}: {part.reason}" for part in batch if isinstance(part, Rejection))
        rejections += islice(refused, FIRST - len(rejections))
    counts = {name: survey.counts[name] for name in ("new", "changed", "unchanged", "rejected")}
    return Preview(
        **counts,
        missing=survey.missing,
        rejections=rejections,
        items=_shown(source, items),
        gone=_gone(survey) if survey.complete and survey.missing else [],
        held=survey.reason_to_hold(),
    )


def _shown(source: Source, items: list[Item]) -> list[dict[str, Any]]:
    known = records.known(source, [item.external_id for item in items])
    return [
        {
            "external_id": item.external_id,
            "change": "changed" if item.external_id in known else "new",
            "values": item.model_dump(mode="json", exclude={"external_id"}, exclude_defaults=True),
        }
        for item in items
    ]


def _gone(survey: Survey) -> list[str]:
    return list(islice((name for page in survey.unseen() for name in page.values()), FIRST))
