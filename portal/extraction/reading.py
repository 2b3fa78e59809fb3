"""Any file to its pages. The format is told by what is in the file; its name is not asked."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import IO

from portal.extraction import office, opendocument
from portal.extraction.archive import open_archive
from portal.extraction.limits import ENCRYPTED, TOO_LARGE, UNSUPPORTED, Limits, Unreadable
from portal.extraction.pages import PAGE, SHEET, SLIDE, Enough, Extracted, Pages
from portal.extraction.pdf import read_pdf
from portal.extraction.plain import read_txt

_HEAD = 1024  # bytes in which a PDF must say what it is (ISO 32000-1, annex H.3.4.1)
_COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # [MS-CFB]: old office files, and new ones with a password
_LOCKED = "EncryptedPackage".encode("utf-16-le")  # [MS-OFFCRYPTO] 2.3.4.4
_UNITS = {"xlsx": SHEET, "pptx": SLIDE}

Read = Callable[[], None]


def read(stream: IO[bytes], limits: Limits) -> Extracted:
    """The text of the file. Raises Unreadable."""
    pages = Pages(limits)
    name, reader = _reader(stream, pages, limits)
    truncated = False
    try:
        reader()
    except Enough:
        truncated = True
    return Extracted(name, _UNITS.get(name, PAGE), pages.finish(), truncated)


def _reader(stream: IO[bytes], pages: Pages, limits: Limits) -> tuple[str, Read]:
    """What the file is, and how it is read."""
    size = stream.seek(0, 2)
    if size > limits.file:
        raise Unreadable(TOO_LARGE, f"{size} bytes")
    stream.seek(0)
    head = stream.read(_HEAD)
    stream.seek(0)
    if b"%PDF-" in head:
        return "pdf", lambda: read_pdf(stream, pages)
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _packed(stream, pages, limits)
    if head.startswith(_COMPOUND):
        raise Unreadable(ENCRYPTED if _LOCKED in stream.read() else UNSUPPORTED)
    content = stream.read()
    return "txt", lambda: read_txt(content, pages)


def _packed(stream: IO[bytes], pages: Pages, limits: Limits) -> tuple[str, Read]:
    archive = open_archive(stream, limits)
    with contextlib.suppress(KeyError):
        if opendocument.is_odt(archive):
            return "odt", lambda: opendocument.read_odt(archive, pages, limits)
    name, part = office.main_part(archive, limits)
    readers: dict[str, Read] = {
        "docx": lambda: office.read_docx(archive, part, pages, limits),
        "pptx": lambda: office.read_pptx(archive, part, pages, limits),
        "xlsx": lambda: office.read_xlsx(stream, pages),
    }
    if name not in readers:
        raise Unreadable(UNSUPPORTED)
    return name, readers[name]
