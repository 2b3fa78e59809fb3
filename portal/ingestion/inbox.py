"""The inbox: payloads are kept in order and read in pieces, whatever becomes of them."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import BinaryIO
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import Max, Q
from django.utils import timezone

from portal.ingestion.models import Chunk, Delivery, Source

CHUNK = 256 * 1024
TICK = timedelta(microseconds=1)


def receive(
    source: Source, body: bytes | BinaryIO, sent_at: datetime, kind: str, *, receipt: UUID | None = None
) -> Delivery:
    """Keeps a payload for the worker. The same body sent at the same moment again is the delivery there is.

    So is what comes under the same `receipt`, for whoever gives payloads their names. A sender's clock that is ahead
    counts as now: once it is set right, what comes then must not look older than what came before.

    Deliveries of one moment keep the order in which they came: the later one counts as a microsecond younger.
    """
    stream = io.BytesIO(body) if isinstance(body, bytes) else body
    content_hash, fingerprint, size = _digests(stream, sent_at)
    stream.seek(0)
    with transaction.atomic():
        # The source's row is the lock: the same body twice at once is one, two of one moment get an order.
        Source.objects.select_for_update().get(pk=source.pk)
        known = source.deliveries.filter(Q(fingerprint=fingerprint) | Q(receipt=receipt)).first()
        if known is not None:
            return known
        delivery = source.deliveries.create(
            kind=kind,
            sent_at=_free_moment(source, min(sent_at, timezone.now()) if kind == Delivery.Kind.PUSH else sent_at),
            size=size,
            content_hash=content_hash,
            fingerprint=fingerprint,
            receipt=receipt or uuid4(),
        )
        for number, piece in enumerate(_pieces(stream)):
            Chunk.objects.create(delivery=delivery, number=number, data=piece)
    return delivery


def newest_moment(source: Source) -> datetime:
    """When what is fetched now counts as sent: after all there is, also if the clock was set back meanwhile."""
    latest: datetime | None = source.deliveries.aggregate(latest=Max("sent_at"))["latest"]
    now = timezone.now()
    return max(now, latest + TICK) if latest else now


def _free_moment(source: Source, sent_at: datetime) -> datetime:
    second = source.deliveries.filter(sent_at__gte=sent_at, sent_at__lt=sent_at + timedelta(milliseconds=1))
    latest: datetime | None = second.aggregate(latest=Max("sent_at"))["latest"]
    return latest + TICK if latest else sent_at


def _pieces(stream: BinaryIO) -> Iterator[bytes]:
    """At least one, be it empty: a delivery without pieces is one whose body is kept no longer."""
    yield stream.read(CHUNK)
    while piece := stream.read(CHUNK):
        yield piece


def digest_of(stream: BinaryIO) -> str:
    """Of what is left of the stream; the content_hash of a delivery."""
    content = hashlib.sha256()
    for piece in _pieces(stream):
        content.update(piece)
    return content.hexdigest()


def _digests(stream: BinaryIO, sent_at: datetime) -> tuple[str, str, int]:
    content, whole, size = hashlib.sha256(), hashlib.sha256(f"{sent_at.timestamp()}.".encode()), 0
    for piece in _pieces(stream):
        content.update(piece)
        whole.update(piece)
        size += len(piece)
    return content.hexdigest(), whole.hexdigest(), size


class _Body(io.RawIOBase):
    """A delivery's body as a file that holds one piece in memory."""

    def __init__(self, delivery: Delivery) -> None:
        self._delivery, self._number, self._rest = delivery, 0, b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        if not self._rest:
            piece = self._delivery.chunks.filter(number=self._number).values_list("data", flat=True).first()
            self._rest, self._number = bytes(piece or b""), self._number + 1
        taken = self._rest[: len(buffer)]
        buffer[: len(taken)] = taken
        self._rest = self._rest[len(taken) :]
        return len(taken)


def open_body(delivery: Delivery) -> BinaryIO:
    """The body as it came, from its beginning."""
    return io.BufferedReader(_Body(delivery), buffer_size=CHUNK)  # type: ignore[type-var]
