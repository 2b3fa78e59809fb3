"""A dry run: what a payload would change, without writing anything."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import islice
from typing import BinaryIO

from django.utils import timezone

from portal.ingestion import adapters
from portal.ingestion.adapter import Rejection
from portal.ingestion.batches import BATCH
from portal.ingestion.models import Source
from portal.ingestion.survey import Survey

FIRST = 20


@dataclass
class Preview:
    """Counts as in a run, the first rejections in words, and why it would be held ("": it would not)."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    rejected: int = 0
    missing: int = 0
    rejections: list[str] = field(default_factory=list)
    held: str = ""


def preview(source: Source, payload: BinaryIO) -> Preview:
    """Reads the payload as a run would. Raises UnreadablePayload."""
    adapter = adapters.get(source.adapter)
    survey = Survey(source, complete=adapter.complete, sent_at=timezone.now())
    parts, rejections = iter(adapter.read(payload, source)), list[str]()
    while batch := list(islice(parts, BATCH)):
        survey.sift(batch)
        refused = (f"{part.position}: {part.reason}" for part in batch if isinstance(part, Rejection))
        rejections += islice(refused, FIRST - len(rejections))
    counts = {name: survey.counts[name] for name in ("new", "changed", "unchanged", "rejected")}
    return Preview(**counts, missing=survey.missing, rejections=rejections, held=survey.reason_to_hold())
