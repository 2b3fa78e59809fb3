"""Workbooks of strangers: what would fill the memory when unpacked or read is refused before."""

from __future__ import annotations

import struct
from typing import BinaryIO
from zipfile import BadZipFile, LargeZipFile, ZipFile, ZipInfo

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring
from django.utils.translation import gettext as _

from portal.ingestion.adapter import UnreadablePayload
from portal.packed import Fault, fault_of

MOST_ENTRIES = 2_000
MOST_BYTES = 256 * 1024 * 1024
# A part that is made into objects as a whole, and the texts that the cells share.
MOST_PART, MOST_PART_TAGS = 4 * 1024 * 1024, 200_000
MOST_TEXTS, MOST_TEXT_TAGS = 32 * 1024 * 1024, 1_000_000
# Between the end of one row and that of the next.
MOST_ROW = 2 * 1024 * 1024
SHEETS, TEXTS, TYPES = "xl/worksheets/", "xl/sharedStrings.xml", "[Content_Types].xml"
READ_WHOLE = ("sharedStrings+xml", "main+xml")
UNREAD = ("xl/media/", "xl/drawings/", "xl/charts/", "xl/pivot", "xl/embeddings/", "xl/printerSettings/",
          "xl/calcChain.xml", "docProps/thumbnail")  # fmt: skip
OLD_EXCEL = b"\xd0\xcf\x11\xe0"
PIECE = 64 * 1024


def check_workbook(file: BinaryIO) -> None:
    """Reads what is declared and counts what matters; memory stays small. Raises UnreadablePayload."""
    head = file.read(4)
    file.seek(0)
    if head == OLD_EXCEL:
        raise UnreadablePayload(_("This is an old or a locked Excel file; save it as .xlsx without a password."))
    try:
        with ZipFile(file) as archive:
            _check_entries(archive.infolist())
            _check_types(archive)
            for entry in archive.infolist():
                _check_part(archive, entry)
    except (BadZipFile, LargeZipFile, EOFError, NotImplementedError, RuntimeError, OSError, ValueError,
            struct.error) as error:  # fmt: skip
        raise UnreadablePayload(
            _("This is not a whole XLSX file (%(error)s).") % {"error": str(error)[:200]}
        ) from error
    finally:
        file.seek(0)


def _check_entries(entries: list[ZipInfo]) -> None:
    fault = fault_of(entries, most_entries=MOST_ENTRIES, most_bytes=MOST_BYTES)
    if fault in (Fault.ENTRIES, Fault.SIZE):
        said = {"size": MOST_BYTES // 1024 // 1024}
        raise UnreadablePayload(_("Unpacked, this file has more than %(size)d MB; send it in parts or as CSV.") % said)
    if fault in (Fault.ENCRYPTED, Fault.METHOD):
        raise UnreadablePayload(_("This file is locked or packed in an unusual way; save it again as .xlsx."))
    if fault is Fault.OVERLAP:
        raise UnreadablePayload(_("The parts of this file lie over each other; no program saves that."))


def _check_types(archive: ZipFile) -> None:
    """Sheets may be large; nothing that is read as a whole may call itself one."""
    if TYPES not in archive.namelist() or archive.getinfo(TYPES).file_size > MOST_PART:
        raise UnreadablePayload(_("This is not an XLSX file."))
    try:
        types = fromstring(archive.read(TYPES))
    except (ParseError, DefusedXmlException) as error:
        raise UnreadablePayload(_("This is not an XLSX file.")) from error
    for part in types:
        name, kind = part.get("PartName", "").lstrip("/"), part.get("ContentType", "")
        if name.startswith(SHEETS) and kind.endswith(READ_WHOLE):
            raise UnreadablePayload(_("The parts of this file are not what they say; no program saves that."))


def _check_part(archive: ZipFile, entry: ZipInfo) -> None:
    if entry.filename.startswith(UNREAD) or entry.is_dir():
        return
    if entry.filename.startswith(SHEETS) and not entry.filename.endswith(".rels"):
        fits = _longest_row(archive, entry) <= MOST_ROW
    elif entry.filename == TEXTS:
        fits = entry.file_size <= MOST_TEXTS and _tags(archive, entry) <= MOST_TEXT_TAGS
    else:
        fits = entry.file_size <= MOST_PART and _tags(archive, entry) <= MOST_PART_TAGS
    if not fits:
        reason = _("%(part)s in this file is too large to be read; send the table in parts or as CSV.")
        raise UnreadablePayload(reason % {"part": entry.filename[:100]})


def _tags(archive: ZipFile, entry: ZipInfo) -> int:
    with archive.open(entry) as part:
        return sum(piece.count(b"<") for piece in iter(lambda: part.read(PIECE), b""))


def _longest_row(archive: ZipFile, entry: ZipInfo) -> int:
    """The most bytes between two ends of rows; with a prefix or without, each ends in "row>"."""
    longest, since, rest = 0, 0, b""
    with archive.open(entry) as part:
        while piece := part.read(PIECE):
            joined = rest + piece
            first, last = joined.find(b"row>"), joined.rfind(b"row>")
            if first < 0:
                since += len(piece)
            else:
                longest, since = max(longest, since + first), len(joined) - last
            rest = joined[-3:]
            if max(longest, since) > MOST_ROW:
                break
    return max(longest, since)
