"""Word, Excel and PowerPoint files (ECMA-376). Parts are found by their content types, not by their names."""

from __future__ import annotations

import posixpath
import zipfile
from collections.abc import Mapping
from typing import IO

import openpyxl

from portal.extraction.limits import BROKEN, Limits, Unreadable
from portal.extraction.pages import Pages
from portal.extraction.xml import collect, read_part

_TYPES = "{http://schemas.openxmlformats.org/package/2006/content-types}Override"
_RELATION = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
_R_ID = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_P = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"

# Ends of the content types of the main parts, templates and files with macros included.
_MAIN = {
    "wordprocessingml.document.main+xml": "docx",
    "wordprocessingml.template.main+xml": "docx",
    "word.document.macroEnabled.main+xml": "docx",
    "spreadsheetml.sheet.main+xml": "xlsx",
    "spreadsheetml.template.main+xml": "xlsx",
    "excel.sheet.macroEnabled.main+xml": "xlsx",
    "presentationml.presentation.main+xml": "pptx",
    "presentationml.slideshow.main+xml": "pptx",
    "presentationml.template.main+xml": "pptx",
    "powerpoint.presentation.macroEnabled.main+xml": "pptx",
}


def main_part(archive: zipfile.ZipFile, limits: Limits) -> tuple[str, str]:
    """(format, name of the main part); ("", "") if it is none of these files."""
    for override in collect(archive, "[Content_Types].xml", _TYPES, limits):
        for ending, name in _MAIN.items():
            if override.get("ContentType", "").endswith(ending):
                return name, override.get("PartName", "").lstrip("/")
    return "", ""


def _related(archive: zipfile.ZipFile, part: str, limits: Limits) -> dict[str, tuple[str, str]]:
    """Relation id -> (type's last word, part it leads to)."""
    folder, name = posixpath.split(part)
    relations = collect(archive, f"{folder}/_rels/{name}.rels", _RELATION, limits)
    found = {}
    for relation in relations:
        target = posixpath.normpath(posixpath.join("/" + folder, relation.get("Target", ""))).lstrip("/")
        found[relation.get("Id", "")] = (relation.get("Type", "").rpartition("/")[2], target)
    return found


class _Text:
    """Runs of text of WordprocessingML and DrawingML; what stands in a fallback stands elsewhere as well."""

    def __init__(self, pages: Pages) -> None:
        self.pages = pages
        self._text, self._skipped = False, 0

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        if tag == _FALLBACK:
            self._skipped += 1
        if self._skipped:
            return
        if tag in (_W + "t", _A + "t"):
            self._text = True
        else:
            self.begin(tag, attributes)

    def begin(self, tag: str, attributes: Mapping[str, str]) -> None:
        if tag in (_W + "tab", _W + "cr", _W + "br", _A + "br"):
            self.pages.write("\n" if tag[-1] == "r" else "\t")

    def end(self, tag: str) -> None:
        if tag == _FALLBACK:
            self._skipped -= 1
        elif tag in (_W + "t", _A + "t"):
            self._text = False
        elif tag in (_W + "p", _A + "p"):
            self.pages.write("\n")
        elif tag in (_W + "tc", _A + "tc"):
            self.pages.write("\t")

    def data(self, text: str) -> None:
        if self._text and not self._skipped:
            self.pages.write(text)


class _Notes(_Text):
    """Footnotes by their number."""

    def __init__(self, limits: Limits) -> None:
        super().__init__(Pages(limits))
        self._limits = limits
        self.found: dict[str, str] = {}
        self._id = ""

    def begin(self, tag: str, attributes: Mapping[str, str]) -> None:
        super().begin(tag, attributes)
        if tag == _W + "footnote":
            self.pages, self._id = Pages(self._limits), attributes.get(_W + "id", "")

    def end(self, tag: str) -> None:
        super().end(tag)
        if tag == _W + "footnote":
            self.found[self._id] = self.pages.finish()[0]


class _Document(_Text):
    """Pages are those that Word itself saw when it stored the file, and breaks that the author made."""

    def __init__(self, pages: Pages, notes: Mapping[str, str]) -> None:
        super().__init__(pages)
        self._notes = notes

    def begin(self, tag: str, attributes: Mapping[str, str]) -> None:
        if tag == _W + "br" and attributes.get(_W + "type") == "page":
            self.pages.turn()
        elif tag == _W + "lastRenderedPageBreak":
            if not self.pages.is_blank:  # else it is the author's break, which was counted
                self.pages.turn()
        elif tag == _W + "footnoteReference":
            self.pages.write(f" ({self._notes.get(attributes.get(_W + 'id', ''), '')}) ")
        else:
            super().begin(tag, attributes)


def read_docx(archive: zipfile.ZipFile, part: str, pages: Pages, limits: Limits) -> None:
    notes = _Notes(limits)
    for kind, name in _related(archive, part, limits).values():
        if kind == "footnotes" and name in archive.namelist():
            read_part(archive, name, notes, limits)
    read_part(archive, part, _Document(pages, notes.found), limits)


def read_pptx(archive: zipfile.ZipFile, part: str, pages: Pages, limits: Limits) -> None:
    """Slides in the order in which they are shown, each with its speaker's notes."""
    related = _related(archive, part, limits)
    for slide in collect(archive, part, _P + "sldId", limits):
        _kind, name = related.get(slide.get(_R_ID, ""), ("", ""))
        read_part(archive, name, _Text(pages), limits)
        for kind, notes in _related(archive, name, limits).values():
            if kind == "notesSlide":
                read_part(archive, notes, _Text(pages), limits)
        pages.turn()


def read_xlsx(stream: IO[bytes], pages: Pages) -> None:
    """Sheets with their names and the values of their cells, as they were last worked out."""
    try:
        book = openpyxl.load_workbook(stream, read_only=True, data_only=True, keep_links=False)
    except (KeyError, ValueError, TypeError, AttributeError, OSError) as error:
        raise Unreadable(BROKEN, f"{type(error).__name__}: {error}") from error
    for sheet in book.worksheets:
        pages.write(f"{sheet.title}\n")
        sheet.reset_dimensions()  # what the file claims may be a million empty columns
        for row in sheet.iter_rows(values_only=True):
            if cells := [str(cell) for cell in row if cell is not None]:
                pages.write("\t".join(cells) + "\n")
        pages.turn()
