"""Archives (DOCX, XLSX, PPTX, ODT), looked at before anything in them is unpacked.

A small file may unpack to gigabytes: by compression, by a great many entries, or by entries that share the same bytes
(D. Fifield, "A better zip bomb", 2019). An archive inside an archive is never opened.
"""

from __future__ import annotations

import zipfile
from itertools import pairwise
from typing import IO

from portal.extraction.limits import ARCHIVE, BROKEN, ENCRYPTED, Limits, Unreadable

_HEADER = 30  # bytes of a local header at least (APPNOTE.TXT 4.3.7)
_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}  # all that the formats allow
_ENCRYPTED = 0x1  # APPNOTE.TXT 4.4.4


def open_archive(stream: IO[bytes], limits: Limits) -> zipfile.ZipFile:
    """The archive, if it can be unpacked within the limits. Raises Unreadable."""
    try:
        archive = zipfile.ZipFile(stream)
    except (zipfile.BadZipFile, EOFError, ValueError, NotImplementedError) as error:
        raise Unreadable(BROKEN, str(error)) from error
    entries = archive.infolist()
    if len(entries) > limits.archive_entries:
        raise Unreadable(ARCHIVE, f"{len(entries)} entries")
    if any(entry.flag_bits & _ENCRYPTED for entry in entries):
        raise Unreadable(ENCRYPTED)
    if any(entry.compress_type not in _METHODS for entry in entries):
        raise Unreadable(ARCHIVE, "an unusual method of compression")
    # No more than an entry declares is ever read of it: zipfile stops there.
    if (size := sum(entry.file_size for entry in entries)) > limits.archive:
        raise Unreadable(ARCHIVE, f"{size} bytes unpacked")
    if _overlap(entries):
        raise Unreadable(ARCHIVE, "entries share bytes")
    return archive


def _overlap(entries: list[zipfile.ZipInfo]) -> bool:
    ordered = sorted(entries, key=lambda entry: entry.header_offset)
    return any(one.header_offset + _HEADER + one.compress_size > two.header_offset for one, two in pairwise(ordered))
