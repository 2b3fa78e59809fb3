"""The sweep loop: named, idempotent functions, run again and again, each under a lease."""

from __future__ import annotations

import logging
import os
import socket
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db import close_old_connections, connection
from django.utils import timezone

from portal.jobs.models import Lease

logger = logging.getLogger(__name__)

OWNER = f"{socket.gethostname()}:{os.getpid()}"
LEASE = timedelta(seconds=60)
STOPPING = 5.0  # seconds that sweeps apart get to end, together; what one was at is done again, as after a crash


@dataclass(frozen=True)
class Sweep:
    """`function` returns how much it did; as long as that is more than nothing, it is called again at once.

    `one_at_a_time`: only after the others had their turn, since each piece of its work may take long. `apart`: in a
    thread of its own, since it waits for other systems, or takes minutes, and nothing here may wait for that; in so
    many `threads`, each under a lease of its own, so that one slow system does not hold up all others.
    """

    name: str
    function: Callable[[], int]
    every_seconds: float
    one_at_a_time: bool = False
    apart: bool = False
    threads: int = 1

    def each(self) -> list[Sweep]:
        """One for each of its threads."""
        if self.threads == 1:
            return [self]
        return [replace(self, name=f"{self.name}.{number}") for number in range(1, self.threads + 1)]


_sweeps: dict[str, Sweep] = {}
_held: dict[str, datetime] = {}


def register_sweep(
    name: str,
    function: Callable[[], int],
    *,
    every_seconds: float,
    one_at_a_time: bool = False,
    apart: bool = False,
    threads: int = 1,
) -> None:
    """Registers a function; call it in AppConfig.ready(). The same name again replaces it."""
    _sweeps[name] = Sweep(name, function, every_seconds, one_at_a_time, apart, threads)


def sweeps() -> list[Sweep]:
    return list(_sweeps.values())


def take_lease(name: str) -> bool:
    """Takes or renews the lease of this process; False while another one holds it."""
    now = timezone.now()
    if _held.get(name, now) - now > LEASE / 2:
        return True  # renewed early enough; asking each time would write to the database twice a second
    until = now + LEASE
    if not _take(name, now, until):
        _held.pop(name, None)
        return False
    _held[name] = until
    return True


def _take(name: str, now: datetime, until: datetime) -> bool:
    if Lease.objects.filter(name=name, owner=OWNER).update(until=until):
        return True
    if Lease.objects.filter(name=name, until__lt=now).update(owner=OWNER, until=until):
        return True
    Lease.objects.bulk_create([Lease(name=name, owner=OWNER, until=until)], ignore_conflicts=True)
    return Lease.objects.filter(name=name, owner=OWNER).exists()


def give_back_lease(name: str) -> None:
    """When what it was for is done."""
    Lease.objects.filter(name=name, owner=OWNER).delete()
    _held.pop(name, None)


def give_back_leases() -> None:
    """At a clean stop, so that another worker goes on at once."""
    Lease.objects.filter(owner=OWNER).delete()
    _held.clear()


def run_once(sweep: Sweep) -> int:
    """Runs one function to its end under its lease; an error is logged and ends this round only."""
    done = 0
    try:
        if not take_lease(f"sweep:{sweep.name}"):
            return 0
        while step := sweep.function():
            done += step
            if sweep.one_at_a_time:
                break
    except Exception:
        logger.exception("sweep %s", sweep.name)
        close_old_connections()
    return done


def run_all() -> int:
    """Everything once, in turn, until nothing is left: for commands and tests."""
    total = 0
    while step := sum(run_once(sweep) for sweep in sweeps()):
        total += step
    return total


def loop(stop: threading.Event) -> None:
    """Runs until `stop` is set. Each function has its own rhythm; those that wait for others have a thread each."""
    together = [sweep for sweep in sweeps() if not sweep.apart]
    apart = [
        threading.Thread(target=_loop, args=([one], stop), name=f"sweep {one.name}", daemon=True)
        for sweep in sweeps()
        if sweep.apart
        for one in sweep.each()
    ]
    for thread in apart:
        thread.start()
    _loop(together, stop)
    until = time.monotonic() + STOPPING
    for thread in apart:
        thread.join(max(until - time.monotonic(), 0))
    give_back_leases()
    connection.close()


def _loop(some: Sequence[Sweep], stop: threading.Event) -> None:
    due = {sweep.name: 0.0 for sweep in some}
    while not stop.is_set():
        for sweep in some:
            if time.monotonic() >= due[sweep.name] and not stop.is_set():
                more = run_once(sweep) and sweep.one_at_a_time
                due[sweep.name] = time.monotonic() + (0 if more else sweep.every_seconds)
        close_old_connections()
        stop.wait(0.2)
    connection.close()
