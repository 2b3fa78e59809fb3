"""One worker at a time for a source: a lease that is renewed inside every batch's own transaction."""

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
    """`renew` in the transaction that writes locks the lease until the commit: nobody else can write."""

    def __init__(self, source: Source) -> None:
        self.name = f"ingestion.source:{source.pk}"
        self.owner = f"{OWNER[:40]}:{uuid.uuid4().hex}"
        self._renewed = time.monotonic()

    def take(self) -> bool:
        now = timezone.now()
        if Lease.objects.filter(name=self.name, until__lt=now).update(owner=self.owner, until=now + LENGTH):
            return True
        new = Lease(name=self.name, owner=self.owner, until=now + LENGTH)
        Lease.objects.bulk_create([new], ignore_conflicts=True)
        return Lease.objects.filter(name=self.name, owner=self.owner).exists()

    def renew(self) -> None:
        """Raises LeaseLost."""
        until = timezone.now() + LENGTH
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
    lease = SourceLease(source)
    if not lease.take():
        yield None
        return
    try:
        yield lease
    finally:
        lease.give_back()
