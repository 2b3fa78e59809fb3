"""Real files of each format, made with the libraries of their formats, and hostile ones made by hand."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence

import docx
import openpyxl
import pptx
from docx.enum.text import WD_BREAK
from odf import text as odf_text
from odf.opendocument import OpenDocumentText
from odf.style import ParagraphProperties, Style
from pypdf import PdfReader, PdfWriter
from reportlab.pdfgen import canvas

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
TYPES = (
    '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    f'<Override PartName="/word/document.xml" ContentType="{WORD}"/></Types>'
)


def pdf(*pages: str) -> bytes:
    out = io.BytesIO()
    paper = canvas.Canvas(out)
    for page in pages:
        for number, line in enumerate(page.split("\n")):
            paper.drawString(72, 750 - 20 * number, line)
        paper.showPage()
    paper.save()
    return out.getvalue()


def locked_pdf(*pages: str, password: str = "secret") -> bytes:
    """An encrypted one; with an empty password anybody may open it."""
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf(*pages))))
    writer.encrypt(user_password=password, owner_password="owner", algorithm="AES-256")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def word(*pages: str) -> bytes:
    document = docx.Document()
    for number, page in enumerate(pages):
        paragraph = document.add_paragraph()
        if number:
            paragraph.add_run().add_break(WD_BREAK.PAGE)
        paragraph.add_run(page)
    table = document.add_table(rows=1, cols=2)
    table.cell(0, 0).text, table.cell(0, 1).text = "Ward", "Beds"
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def sheet(**sheets: Sequence[Sequence[object]]) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        page = book.create_sheet(title)
        for row in rows:
            page.append(list(row))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def slow_sheet() -> bytes:
    """A sheet of millions of cells with nothing in them: small in the file, minutes to go through."""
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    rows = f'<worksheet xmlns="{space}"><sheetData>{"<row><c/><c/><c/></row>" * 4_000_000}</sheetData></worksheet>'
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(sheet(Empty=[]))) as made,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed,
    ):
        for name in made.namelist():
            packed.writestr(name, rows if name == "xl/worksheets/sheet1.xml" else made.read(name))
    return out.getvalue()


def slides(*texts: str, note: str = "") -> bytes:
    show = pptx.Presentation()
    for text in texts:
        slide = show.slides.add_slide(show.slide_layouts[5])
        slide.shapes.title.text = text
    if note:
        show.slides[0].notes_slide.notes_text_frame.text = note
    out = io.BytesIO()
    show.save(out)
    return out.getvalue()


def opendocument(*pages: str) -> bytes:
    document = OpenDocumentText()
    broken = Style(name="broken", family="paragraph")
    broken.addElement(ParagraphProperties(breakbefore="page"))
    document.automaticstyles.addElement(broken)
    for number, page in enumerate(pages):
        document.text.addElement(odf_text.P(text=page, **({"stylename": broken} if number else {})))
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def archive(**parts: bytes | str) -> bytes:
    """An archive that says it is a DOCX; `document` is the text's part, others get the names they are given."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("[Content_Types].xml", TYPES)
        for name, content in parts.items():
            packed.writestr("word/document.xml" if name == "document" else name, content)
    return out.getvalue()


def paragraphs(text: str, before: str = "") -> str:
    """The main part of a DOCX, by hand."""
    space = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    return f'{before}<w:document xmlns:w="{space}"><w:body><w:p><w:r>{text}</w:r></w:p></w:body></w:document>'


def laughing_docx() -> bytes:
    """A billion laughs (CVE-2003-1564): ten entities, each ten times the one before it."""
    lines = ['<!ENTITY l0 "lol">'] + [f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10)]
    kind = f"<!DOCTYPE lolz [{''.join(lines)}]>"
    return archive(document=paragraphs("<w:t>&l9;</w:t>", '<?xml version="1.0"?>' + kind))


def bomb(megabytes: int = 400) -> bytes:
    """A DOCX of less than a megabyte that unpacks to `megabytes`."""
    out = io.BytesIO(archive(document=paragraphs("<w:t>small</w:t>")))
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as packed, packed.open("word/media/x.bin", "w") as entry:
        for _number in range(megabytes):
            entry.write(b"\0" * 1024 * 1024)
    return out.getvalue()


def overlapping() -> bytes:
    """Two entries in the directory that share the same bytes."""
    content = bytearray(archive(document=paragraphs("<w:t>small</w:t>"), **{"other.xml": "<a/>"}))
    with zipfile.ZipFile(io.BytesIO(bytes(content))) as packed:
        place = packed.getinfo("word/document.xml").header_offset
    directory = content.rindex(b"PK\x01\x02")  # the last entry's line in the directory
    content[directory + 42 : directory + 46] = place.to_bytes(4, "little")
    return bytes(content)
