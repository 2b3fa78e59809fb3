"""Archives (DOCX, XLSX, PPTX, ODT) that may be unpacked. An archive inside an archive is never opened."""

from __future__ import annotations

import zipfile
from typing import IO

from portal.extraction.limits import ARCHIVE, BROKEN, ENCRYPTED, Limits, Unreadable
from portal.packed import Fault, fault_of


def open_archive(stream: IO[bytes], limits: Limits) -> zipfile.ZipFile:
    """The archive, if it can be unpacked within the limits. Raises Unreadable."""
    try:
        archive = zipfile.ZipFile(stream)
    except (zipfile.BadZipFile, EOFError, ValueError, NotImplementedError) as error:
        raise Unreadable(BROKEN, str(error)) from error
    fault = fault_of(archive.infolist(), most_entries=limits.archive_entries, most_bytes=limits.archive)
    if fault is Fault.ENCRYPTED:
        raise Unreadable(ENCRYPTED)
    if fault is not None:
        raise Unreadable(ARCHIVE, fault.value)
    return archive
