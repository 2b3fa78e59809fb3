"""A folder in the drop folder: each file that appears there is a delivery of its own.

Where a file is says what became of it, so that a worker may be killed at any point: in the folder it is new; in
`.taken` it is ours, under a name that begins with the receipt of its delivery, which is in the inbox or will be; in
`done` and `failed` its delivery has come to an end, with the reason beside it. Every step is one rename.
"""

from __future__ import annotations

import logging
import os
import stat
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import BinaryIO
from uuid import UUID, uuid4

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.ingestion.fetch import Fetched, FetchError, Limits
from portal.ingestion.inbox import receive
from portal.ingestion.models import Delivery, Source
from portal.ingestion.rejections import clean
from portal.ingestion.transports.files import BeingWritten, copy_of, without_waiting

logger = logging.getLogger(__name__)

TAKEN, DONE, FAILED = ".taken", "done", "failed"
SETTLED = 5.0  # seconds for which a file has not changed when it is taken
UNFINISHED = (".part", ".partial", ".filepart", ".tmp", ".crdownload", "~")  # names of files being written
LONGEST_NAME = 200  # bytes of a name that are kept; the receipt before it needs 37 of 255


@dataclass(frozen=True)
class _File:
    name: str
    modified: int  # nanoseconds since 1970
    size: int
    mode: int

    @property
    def receipt(self) -> UUID | None:
        """Of a file in `.taken`; None for a name that nobody gave there."""
        try:
            return UUID(self.name[:36])
        except ValueError:
            return None

    @property
    def given_name(self) -> str:
        """Of a file in `.taken`: its name before."""
        return self.name[37:]


def is_folder(place: str) -> bool:
    """Whether a source's `pull_from` names a folder, "lab/in/"."""
    return "://" not in place and place.endswith("/")


@contextmanager
def _opened(path: str) -> Iterator[int]:
    """The folder, part by part, so that none of them can be a link. Raises FetchError."""
    parts = PurePosixPath(path).parts
    if any(part == ".." or part.startswith("/") or "\x00" in part for part in parts):
        raise FetchError(_("%(path)s lies outside the drop folder.") % {"path": path})
    try:
        with ExitStack() as stack:
            folder = os.open(settings.FOLKMOOT_DROP_DIR, os.O_RDONLY | os.O_DIRECTORY)
            stack.callback(os.close, folder)
            for part in parts:
                folder = os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=folder)
                stack.callback(os.close, folder)
            yield folder
    except OSError as error:
        said = {"path": path, "error": error.strerror or str(error)}
        raise FetchError(_("%(path)s cannot be read: %(error)s") % said) from error


@contextmanager
def _inside(folder: int, name: str) -> Iterator[int]:
    """A folder of our own in it, made if need be; one that is a link is refused. Raises OSError."""
    with suppress(FileExistsError):
        os.mkdir(name, 0o770, dir_fd=folder)
    inner = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=folder)
    try:
        yield inner
    finally:
        os.close(inner)


def _files(folder: int) -> list[_File]:
    """All that is no folder, links unfollowed."""
    found = []
    for name in os.listdir(folder):
        with suppress(FileNotFoundError):
            facts = os.stat(name, dir_fd=folder, follow_symlinks=False)
            if not stat.S_ISDIR(facts.st_mode):
                found.append(_File(name, facts.st_mtime_ns, facts.st_size, facts.st_mode))
    return found


def _new_files(folder: int) -> list[_File]:
    """Those that are complete, as far as one can see: not named as unfinished, not changed for a moment."""
    now = time.time_ns()
    return [
        file
        for file in _files(folder)
        if not file.name.startswith(".")
        and not file.name.lower().endswith(UNFINISHED)
        and abs(now - file.modified) >= SETTLED * 1e9
    ]


def take_files(source: Source, limits: Limits) -> Delivery | None:
    """Takes what is new into the inbox, in order; the last delivery, None if there was nothing.

    What is not reached within `limits.seconds` is taken the next time. Raises FetchError, also after all others were
    taken, for a file that could not be.
    """
    deadline = time.monotonic() + limits.seconds
    delivery, problem = None, None
    with _opened(source.pull_from) as folder, _inside(folder, TAKEN) as taken:
        for file in _new_files(folder):
            with suppress(FileNotFoundError):  # another worker was faster
                os.rename(file.name, _taken_name(file.name), src_dir_fd=folder, dst_dir_fd=taken)
        for file in _in_order(_unknown(source, taken), source):
            try:
                delivery = _take(source, folder, taken, file, limits) or delivery
            except FetchError as error:
                _put_aside(folder, taken, file, FAILED, str(error))
                problem = FetchError(f"{_readable(file.given_name)}: {error}")
            if time.monotonic() > deadline:
                break
    if problem is not None:
        raise problem
    return delivery


def _readable(name: str) -> str:
    return clean(os.fsencode(name).decode("utf-8", "replace"), 200)


def _taken_name(name: str) -> str:
    return f"{uuid4()}-{os.fsdecode(os.fsencode(name)[-LONGEST_NAME:])}"


def _unknown(source: Source, taken: int) -> list[_File]:
    """What was taken and is not in the inbox yet."""
    files = {file.receipt: file for file in _files(taken) if file.receipt}
    known = source.deliveries.filter(receipt__in=files).values_list("receipt", flat=True)
    return [file for receipt, file in files.items() if receipt not in set(known)]


def _in_order(files: list[_File], source: Source) -> list[_File]:
    if source.transport_settings.order == "name":
        return sorted(files, key=lambda file: os.fsencode(file.given_name))
    return sorted(files, key=lambda file: (file.modified, os.fsencode(file.given_name)))


def _take(source: Source, folder: int, taken: int, file: _File, limits: Limits) -> Delivery | None:
    """Puts one file into the inbox, once. Raises FetchError for one that can never be."""
    try:
        with _content(taken, file, limits) as body:
            delivery = receive(source, body, _moment(source, file), Delivery.Kind.PULL, receipt=file.receipt)
    except (FileNotFoundError, BeingWritten):
        return None
    if delivery.receipt != file.receipt:
        _put_aside(folder, taken, file, DONE, _("The same was delivered before."))
    return delivery


def _moment(source: Source, file: _File) -> datetime:
    """When it counts as sent: in order of time as the file says, though never later than now."""
    now = timezone.now()
    if source.transport_settings.order == "name":
        return now
    return min(now, datetime.fromtimestamp(file.modified // 1000 / 1e6, UTC))


def _content(folder: int, file: _File, limits: Limits) -> BinaryIO:
    """Raises FetchError for what is no file with content, FileNotFoundError."""
    if not stat.S_ISREG(file.mode):
        raise FetchError(_("This is not a plain file."))
    if not file.size:
        raise FetchError(_("The file is empty."))
    try:
        with open(file.name, "rb", opener=lambda path, flags: without_waiting(path, flags, dir_fd=folder)) as opened:
            return copy_of(opened, limits.size)
    except PermissionError as error:
        raise FetchError(_("The file may not be read; give Folkmoot the right to.")) from error


def first_file(source: Source, limits: Limits) -> Fetched:
    """The content of what would be taken next; takes nothing. Raises FetchError."""
    with _opened(source.pull_from) as folder:
        named = [_File(f"{uuid4()}-{file.name}", file.modified, file.size, file.mode) for file in _new_files(folder)]
        for file in _in_order(named, source)[:1]:
            plain = _File(file.given_name, file.modified, file.size, file.mode)
            return Fetched(_content(folder, plain, limits))
    raise FetchError(_("There is no new file in %(path)s.") % {"path": source.pull_from})


def file_away() -> int:
    """Moves files whose delivery has come to an end; how many. For the sweep."""
    moved = 0
    for source in Source.objects.filter(pull_from__endswith="/").exclude(pull_from__contains="://"):
        # Of a folder that is not there the pull tells.
        with suppress(FetchError), _opened(source.pull_from) as folder, _inside(folder, TAKEN) as taken:
            moved += _file_away(source, folder, taken)
    return moved


def _file_away(source: Source, folder: int, taken: int) -> int:
    files = {file.receipt: file for file in _files(taken) if file.receipt}
    failed = (Delivery.State.FAILED, Delivery.State.DISCARDED)
    ended = (Delivery.State.APPLIED, Delivery.State.IGNORED, *failed)
    moved = 0
    for delivery in source.deliveries.filter(receipt__in=files, state__in=ended):
        file = files[delivery.receipt]
        if file.size != delivery.size:  # written to after it was read: it is another delivery
            os.rename(file.name, _taken_name(file.given_name), src_dir_fd=taken, dst_dir_fd=taken)
            continue
        where = FAILED if delivery.state in failed else DONE
        _put_aside(folder, taken, file, where, delivery.error)
        moved += 1
    return moved


def _put_aside(folder: int, taken: int, file: _File, where: str, reason: str) -> None:
    """The reason first, then the file: what is in `failed` never lacks one."""
    with _inside(folder, where) as target, suppress(FileNotFoundError):
        name = file.name if _exists(target, file.given_name) or not file.given_name else file.given_name
        if reason:
            _write_reason(target, f"{name}.reason.txt", reason)
            logger.warning("%s: %s", _readable(name), reason)
        os.rename(file.name, name, src_dir_fd=taken, dst_dir_fd=target)


def _exists(folder: int, name: str) -> bool:
    try:
        os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True


def _write_reason(folder: int, name: str, reason: str) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
    with suppress(FileNotFoundError):
        os.unlink(name, dir_fd=folder)
    with os.fdopen(os.open(name, flags, 0o660, dir_fd=folder), "w", encoding="utf-8") as file:
        file.write(f"{reason}\n")
