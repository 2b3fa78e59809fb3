"""ZIP archives of strangers (DOCX, XLSX, PPTX, ODT), looked at before anything in them is unpacked.

A small file may unpack to gigabytes: by compression, by a great many entries, or by entries that share the same bytes
(D. Fifield, "A better zip bomb", 2019). Python's zipfile never reads more of an entry than its declared size, so the
declared sizes bound everything.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from itertools import pairwise
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipInfo

_HEADER = 30  # bytes of a local header at least (APPNOTE.TXT 4.3.7)
_METHODS = {ZIP_STORED, ZIP_DEFLATED}  # all that the formats allow
_ENCRYPTED = 0x1  # APPNOTE.TXT 4.4.4


class Fault(Enum):
    """Why an archive is not to be unpacked."""

    ENTRIES = "too many entries"
    SIZE = "too large unpacked"
    ENCRYPTED = "encrypted"
    METHOD = "an unusual method of compression"
    OVERLAP = "entries share bytes"


def fault_of(entries: Sequence[ZipInfo], *, most_entries: int, most_bytes: int) -> Fault | None:
    """The first reason against unpacking; None if there is none. Sizes in bytes."""
    if len(entries) > most_entries:
        return Fault.ENTRIES
    if any(entry.flag_bits & _ENCRYPTED for entry in entries):
        return Fault.ENCRYPTED
    if any(entry.compress_type not in _METHODS for entry in entries):
        return Fault.METHOD
    if sum(entry.file_size for entry in entries) > most_bytes:
        return Fault.SIZE
    ordered = sorted(entries, key=lambda entry: entry.header_offset)
    if any(one.header_offset + _HEADER + one.compress_size > two.header_offset for one, two in pairwise(ordered)):
        return Fault.OVERLAP
    return None
