"""The files of the demo's documents, made with the libraries of their formats."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any

import docx
import openpyxl
import pptx
from docx.enum.text import WD_BREAK
from openpyxl.styles import Font
from pptx.util import Pt
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.lib.units import cm
from reportlab.platypus import ListFlowable, PageBreak, Paragraph, SimpleDocTemplate, Spacer, Table

from demo.documents import Document, Leaf, Piece

_INK, _LINE = colors.HexColor("#1f3a4d"), colors.HexColor("#b8c4cc")


def made(document: Document) -> bytes:
    """The document as a file of its format."""
    out = BytesIO()
    _MAKERS[document.format](document, out)
    return out.getvalue()


def _pdf(document: Document, out: BytesIO) -> None:
    story: list[Any] = []
    for number, leaf in enumerate(document.leaves):
        story += [PageBreak()] if number else []
        story += _printed(leaf)
    margins = {f"{side}Margin": 2.2 * cm for side in ("left", "right", "top", "bottom")}
    paper = SimpleDocTemplate(
        out, pagesize=A4, title=document.title, author="Merekaar", lang=document.language, invariant=1, **margins
    )

    def foot(canvas: Any, _paper: Any) -> None:
        canvas.setFont("Helvetica", 8)
        canvas.drawString(2.2 * cm, 1.2 * cm, f"Merekaar · {canvas.getPageNumber()}/{len(document.leaves)}")

    paper.build(story, onFirstPage=foot, onLaterPages=foot)


def _printed(leaf: Leaf) -> list[Any]:
    styles = getSampleStyleSheet()
    styles["Heading1"].textColor = _INK
    found: list[Any] = [Paragraph(leaf.heading, styles["Heading1"])]
    for piece in leaf.pieces:
        found += [_flowable(piece, styles["BodyText"]), Spacer(1, 0.3 * cm)]
    return found


def _flowable(piece: Piece, style: Any) -> Any:
    if piece.kind == "text":
        return Paragraph(piece.rows[0][0], style)
    cells = [[Paragraph(cell, style) for cell in row] for row in piece.rows]
    if piece.kind == "list":
        return ListFlowable([row[0] for row in cells], bulletType="bullet", start="•")
    if piece.kind == "lines":
        ruled = [("LINEBELOW", (1, 0), (1, -1), 0.6, _INK), ("VALIGN", (0, 0), (-1, -1), "BOTTOM")]
        return Table([[*row, ""] for row in cells], colWidths=[6 * cm, 10 * cm], style=ruled, rowHeights=1 * cm)
    grid = [("GRID", (0, 0), (-1, -1), 0.5, _LINE), ("VALIGN", (0, 0), (-1, -1), "TOP")]
    return Table(cells, style=[*grid, ("BACKGROUND", (0, 0), (-1, 0), colors.HexColor("#eef3f6"))], repeatRows=1)


def _docx(document: Document, out: BytesIO) -> None:
    paper = docx.Document()
    paper.core_properties.title, paper.core_properties.language = document.title, document.language
    for number, leaf in enumerate(document.leaves):
        if number:
            paper.paragraphs[-1].add_run().add_break(WD_BREAK.PAGE)
        paper.add_heading(leaf.heading, level=1)
        for piece in leaf.pieces:
            _typed(paper, piece)
        paper.add_paragraph()
    paper.save(out)


def _typed(paper: Any, piece: Piece) -> None:
    if piece.kind == "table":
        table = paper.add_table(rows=0, cols=max(map(len, piece.rows)), style="Light Grid Accent 1")
        for row in piece.rows:
            for cell, text in zip(table.add_row().cells, row, strict=False):
                cell.text = text
        return
    for (text,) in piece.rows:
        line = f"{text}: {'_' * 30}" if piece.kind == "lines" else text
        paper.add_paragraph(line, style="List Bullet" if piece.kind == "list" else None)


def _xlsx(document: Document, out: BytesIO) -> None:
    book = openpyxl.Workbook()
    book.remove(book.active)
    book.properties.title = document.title
    for leaf in document.leaves:
        sheet = book.create_sheet(leaf.heading)
        for piece in leaf.pieces:
            for number, row in enumerate(piece.rows):
                sheet.append([_number(cell) for cell in row])
                if piece.kind == "table" and not number:
                    for cell in sheet[sheet.max_row]:
                        cell.font = Font(bold=True)
            sheet.append([])
        for column in "ABCDEF":
            sheet.column_dimensions[column].width = 24
    book.save(out)


def _number(cell: str) -> str | int:
    return int(cell) if cell.lstrip("-").isdecimal() else cell


def _pptx(document: Document, out: BytesIO) -> None:
    deck = pptx.Presentation()
    deck.core_properties.title = document.title
    for leaf in document.leaves:
        slide = deck.slides.add_slide(deck.slide_layouts[1])
        slide.shapes.title.text = leaf.heading
        text = slide.placeholders[1].text_frame
        text.text = "\n".join(" – ".join(row) for piece in leaf.pieces for row in piece.rows)
        for paragraph in text.paragraphs:
            paragraph.font.size = Pt(24)
    deck.save(out)


_MAKERS: dict[str, Callable[[Document, BytesIO], None]] = {"pdf": _pdf, "docx": _docx, "xlsx": _xlsx, "pptx": _pptx}
