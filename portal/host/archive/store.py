"""Archive files: a zip of JSON lines and a manifest, complete on disk or not there at all. See docs/archives.md."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import time
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.host.models import Archive

FORMAT = 1
MANIFEST = "manifest.json"
ABANDONED = 24 * 60 * 60  # seconds


class ArchiveError(Exception):
    """The archive could not be written or read; nothing else was changed. The text says what to do."""


@dataclass
class Part:
    """The rows of one model: `facts` go into the manifest beside their number and checksum."""

    path: str
    facts: dict[str, Any]
    rows: Iterable[dict[str, Any]] = field(default=())


def file_of(archive: Archive) -> Path:
    return folder() / archive.path


def folder() -> Path:
    return Path(settings.FOLKMOOT_ARCHIVE_DIR)


def new_name(slug: str, version: str) -> str:
    return f"{slug}-{version}-{timezone.now():%Y%m%dT%H%M%S}-{secrets.token_hex(4)}.zip"


def lines(part: Part) -> Iterator[bytes]:
    for row in part.rows:
        yield json.dumps(row, ensure_ascii=False, separators=(",", ":"), default=str).encode() + b"\n"


def digest(part: Part) -> str:
    """The checksum the part would have, without writing it."""
    sha = hashlib.sha256()
    for line in lines(part):
        sha.update(line)
    return sha.hexdigest()


def write(name: str, head: dict[str, Any], parts: Iterable[Part]) -> dict[str, Any]:
    """Writes the archive under its name and reads it back; its manifest. Raises ArchiveError.

    It is written beside its place, forced to the disk and renamed: there is never half an archive.
    """
    temporary = folder() / f".{name}.tmp"
    try:
        folder().mkdir(parents=True, exist_ok=True, mode=0o700)
        _delete_abandoned()
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            manifest = _write_zip(file, head, parts)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(folder() / name)
        _sync_folder()
    except OSError as error:
        raise ArchiveError(
            _("The archive could not be written to %(folder)s (%(error)s). Nothing was changed; make room and repeat.")
            % {"folder": folder(), "error": error}
        ) from error
    finally:
        _delete(temporary)
    return manifest


def _write_zip(file: Any, head: dict[str, Any], parts: Iterable[Part]) -> dict[str, Any]:
    models = []
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for part in parts:
            sha, rows = hashlib.sha256(), 0
            with archive.open(part.path, "w", force_zip64=True) as target:
                for line in lines(part):
                    sha.update(line)
                    target.write(line)
                    rows += 1
            models.append({"path": part.path, **part.facts, "rows": rows, "sha256": sha.hexdigest()})
        manifest = head | {"format": FORMAT, "models": models}
        archive.writestr(MANIFEST, json.dumps(manifest, ensure_ascii=False, indent=1, default=str))
    return manifest


def _delete_abandoned() -> None:
    """Half-written files of processes that were killed: they hold data that no erasure would find."""
    for path in folder().glob(".*.zip.tmp"):
        if time.time() - path.stat().st_mtime > ABANDONED:
            _delete(path)


def _sync_folder() -> None:
    descriptor = os.open(folder(), os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def checksum(name: str) -> str:
    """SHA-256 of the whole file."""
    with (folder() / name).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def verify(name: str, sha256: str) -> dict[str, Any]:
    """The manifest, after the file and each of its parts were compared with their checksums. Raises ArchiveError."""
    try:
        sound = checksum(name) == sha256
        manifest = _manifest(name) if sound else {}
    except (OSError, KeyError, ValueError, zipfile.BadZipFile, zlib.error) as error:
        raise ArchiveError(
            _("The archive %(name)s cannot be read (%(error)s); put back a copy of it.")
            % {"name": name, "error": error}
        ) from error
    if not manifest:
        raise ArchiveError(
            _("The archive %(name)s is not as it was written: its checksum differs; put back a copy of it.")
            % {"name": name}
        )
    if manifest["format"] != FORMAT:
        raise ArchiveError(
            _("The archive %(name)s has format %(format)s, which this version of Folkmoot does not know.")
            % {"name": name, "format": manifest["format"]}
        )
    return manifest


def _manifest(name: str) -> dict[str, Any]:
    """Empty if a part is not what the manifest says."""
    with zipfile.ZipFile(folder() / name) as archive:
        manifest: dict[str, Any] = json.loads(archive.read(MANIFEST))
        for part in manifest["models"]:
            with archive.open(part["path"]) as file:
                if _file_digest(file) != part["sha256"]:
                    return {}
    return manifest


def _file_digest(file: Any) -> str:
    sha = hashlib.sha256()
    while block := file.read(1 << 16):
        sha.update(block)
    return sha.hexdigest()


def rows(name: str, part: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The rows of one part of the manifest, streamed."""
    with zipfile.ZipFile(folder() / name) as archive, archive.open(part["path"]) as file:
        for line in file:
            yield json.loads(line)


@contextmanager
def unless_undone(name: str) -> Iterator[None]:
    """Removes the file if what was to follow it failed: no archive may lie about that erasure does not know."""
    try:
        yield
    except BaseException:
        _delete(folder() / name)
        raise


def _delete(path: Path) -> None:
    """If it is there; where its folder is none, what went wrong before says so better."""
    with suppress(OSError):
        path.unlink()
