"""What other systems and the worker do with a drop folder."""

from __future__ import annotations

import os
import time

from django.utils import timezone

from portal.ingestion import pull, runner
from portal.ingestion.transports import folder


def put(place, name, body, *, age=60.0):
    """A file that was last changed `age` seconds ago."""
    file = place / name
    file.write_bytes(body)
    moment = time.time() - age
    os.utime(file, (moment, moment))
    return file


def work(source, rounds=10):
    """Takes, applies and files away until nothing is left."""
    pull._pull_by_schedule(source, timezone.now())
    for _round in range(rounds):
        if not runner.run_waiting() + folder.file_away():
            return
    raise AssertionError("there is no end to it")


def tree(place):
    return sorted(str(path.relative_to(place)) for path in place.rglob("*") if not path.is_dir())
