"""One worker at a time for a source: a lease that is renewed inside every batch's own transaction.

Reading a source and applying what it sent are two leases: neither waits for the other.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from portal.ingestion.models import Source
from portal.jobs.models import Lease
from portal.jobs.sweep import OWNER

LENGTH = timedelta(seconds=60)


class LeaseLost(Exception):
    """Another worker has taken the source, because this one was silent for too long; it goes on there."""


class SourceLease:
    """`renew` in the transaction that writes locks the lease until the commit: nobody else can write.

    It holds for `length` unless it is renewed.
    """

    def __init__(self, source: Source, work: str = "source", length: timedelta = LENGTH) -> None:
        self.name = f"ingestion.{work}:{source.pk}"
        self._length = length
        self.owner = f"{OWNER[:40]}:{uuid.uuid4().hex}"
        self._renewed = time.monotonic()

    def take(self) -> bool:
        now = timezone.now()
        if Lease.objects.filter(name=self.name, until__lt=now).update(owner=self.owner, until=now + self._length):
            return True
        new = Lease(name=self.name, owner=self.owner, until=now + self._length)
        Lease.objects.bulk_create([new], ignore_conflicts=True)
        return Lease.objects.filter(name=self.name, owner=self.owner).exists()

    def renew(self) -> None:
        """Raises LeaseLost."""
        until = timezone.now() + self._length
        if not Lease.objects.filter(name=self.name, owner=self.owner).update(until=until):
            raise LeaseLost(self.name)
        self._renewed = time.monotonic()

    def keep(self) -> None:
        """Renews it in a transaction of its own, if that is time: for work that writes nothing. Raises LeaseLost."""
        if time.monotonic() - self._renewed > LENGTH.total_seconds() / 6:
            with transaction.atomic():
                self.renew()

    def give_back(self) -> None:
        Lease.objects.filter(name=self.name, owner=self.owner).delete()


@contextmanager
def lease_on(source: Source) -> Iterator[SourceLease | None]:
    """The lease, or None while another worker is at this source."""
    with _taken(SourceLease(source)) as lease:
        yield lease


@contextmanager
def fetching(source: Source, length: timedelta) -> Iterator[SourceLease | None]:
    """The right to fetch the source, for so long at most; None while somebody else is at it."""
    with _taken(SourceLease(source, "fetch", length)) as lease:
        yield lease


@contextmanager
def _taken(lease: SourceLease) -> Iterator[SourceLease | None]:
    if not lease.take():
        yield None
        return
    try:
        yield lease
    finally:
        lease.give_back()
