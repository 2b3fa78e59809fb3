"""OpenDocument texts (ODF 1.3, part 3): paragraphs in their order, with the page breaks the writer left."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping

from portal.extraction.limits import BROKEN, Limits, Unreadable
from portal.extraction.pages import Pages
from portal.extraction.xml import read_part

MIME = b"application/vnd.oasis.opendocument.text"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_STYLE = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_BREAK = "{urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0}break-before"

_PARAGRAPHS = {_TEXT + "p", _TEXT + "h"}
# Deleted text and remarks in the margin are not the document's text.
_SKIPPED = {_TEXT + "tracked-changes", _OFFICE + "annotation"}
_BLANKS = {_TEXT + "s": " ", _TEXT + "tab": "\t", _TEXT + "line-break": "\n"}


class _Content:
    def __init__(self, pages: Pages) -> None:
        self._pages = pages
        self._paragraphs, self._skipped = 0, 0
        self._style = ""
        self._breaking: set[str] = set()

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        if tag in _SKIPPED:
            self._skipped += 1
        elif not self._skipped:
            self._styles(tag, attributes)
            self._text(tag, attributes)

    def _styles(self, tag: str, attributes: Mapping[str, str]) -> None:
        """Which paragraphs begin a page; styles stand before the text."""
        if tag == _STYLE + "style":
            self._style = attributes.get(_STYLE + "name", "")
        elif tag == _STYLE + "paragraph-properties" and attributes.get(_BREAK) == "page":
            self._breaking.add(self._style)

    def _text(self, tag: str, attributes: Mapping[str, str]) -> None:
        if tag == _TEXT + "soft-page-break":
            self._turn()
        elif tag in _BLANKS:
            self._pages.write(_BLANKS[tag])
        elif tag in _PARAGRAPHS:
            self._paragraphs += 1
            if attributes.get(_TEXT + "style-name") in self._breaking:
                self._turn()

    def end(self, tag: str) -> None:
        if tag in _SKIPPED:
            self._skipped -= 1
        elif self._skipped:
            return
        elif tag in _PARAGRAPHS:
            self._paragraphs -= 1
            self._pages.write("\n")
        elif tag == _TABLE + "table-cell":
            self._pages.write("\t")

    def data(self, text: str) -> None:
        if self._paragraphs and not self._skipped:
            self._pages.write(text)

    def _turn(self) -> None:
        """A break is told by the writer of the file and by the style; where both do, it is one."""
        if not self._pages.is_blank:
            self._pages.turn()


def read_odt(archive: zipfile.ZipFile, pages: Pages, limits: Limits) -> None:
    if "content.xml" not in archive.namelist():
        raise Unreadable(BROKEN, "there is no content.xml")
    read_part(archive, "content.xml", _Content(pages), limits)


def is_odt(archive: zipfile.ZipFile) -> bool:
    """As the file says itself in its first entry (ODF 1.3, part 2, 3.3)."""
    if "mimetype" not in archive.namelist():
        return False
    with archive.open("mimetype") as entry:
        return entry.read(len(MIME) + 10).strip() in (MIME, MIME + b"-template")
