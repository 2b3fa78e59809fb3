"""One file in the drop folder that another system writes anew each time."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Any, BinaryIO

from django.conf import settings
from django.utils.translation import gettext as _

from portal.ingestion.fetch import Fetched, FetchError, Limits, temporary_file


class BeingWritten(FetchError):
    """Somebody writes to this file right now."""


def read_file(path: str, *, last_modified: str = "", limits: Limits) -> Fetched:
    """What the file holds, unless it is as it was at `last_modified`. Raises FetchError, also for what is elsewhere."""
    drop = Path(settings.FOLKMOOT_DROP_DIR).resolve()
    try:
        place = (drop / path).resolve(strict=True)
        if "\x00" in path or not place.is_relative_to(drop):
            raise FetchError(_("%(path)s lies outside the drop folder.") % {"path": path})
        with open(place, "rb", opener=without_waiting) as file:
            return _take_file(file, last_modified, limits)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise FetchError(_("%(path)s cannot be read: %(error)s") % {"path": path, "error": reason}) from error


def without_waiting(path: str, flags: int, *, dir_fd: int | None = None) -> int:
    """A pipe in the drop folder must not block the worker; a link put there meanwhile is not followed."""
    return os.open(path, flags | os.O_NONBLOCK | os.O_NOFOLLOW, dir_fd=dir_fd)


def _take_file(file: Any, last_modified: str, limits: Limits) -> Fetched:
    facts = os.fstat(file.fileno())
    if not stat.S_ISREG(facts.st_mode):
        raise FetchError(_("This is not a plain file."))
    mark = f"{facts.st_mtime_ns}-{facts.st_size}"
    if mark == last_modified:
        return Fetched(None, "", mark)
    return Fetched(copy_of(file, limits.size), "", mark)


def copy_of(file: BinaryIO, size: int) -> BinaryIO:
    """The content of a plain file that nobody changes meanwhile. Raises FetchError; `size` in bytes."""
    before = os.fstat(file.fileno())
    if before.st_size > size:
        raise FetchError(_("The source sends more than %(size)s bytes.") % {"size": size})
    body = temporary_file()
    rest = size + 1
    while rest > 0 and (piece := file.read(min(rest, 1024 * 1024))):
        body.write(piece)
        rest -= len(piece)
    after = os.fstat(file.fileno())
    if rest <= 0 or (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        body.close()
        raise BeingWritten(_("The file is being written; it is read when it is complete."))
    body.seek(0)
    return body
