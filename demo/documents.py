"""Documents that pages of the demo show: what is in them is text in data/documents/, the file is made when seeding.

`hr-204b.pdf.md` becomes hr-204b.pdf. After front matter (title, lang, author) come its pages, sheets or slides, each
below a line with its heading; paragraphs, lists and tables in them end with a blank line:

    === Heading
    Any text
    - item
    | cell | cell |
    _ a line to write on
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import yaml

from demo.people import Person
from demo.sources import DATA, DemoDataError

FORMATS = ("pdf", "docx", "xlsx", "pptx")
FOLDER = DATA / "documents"
REQUIRED = {"title", "lang", "author"}


@dataclass(frozen=True)
class Piece:
    """`kind` is text, list, table or lines (to write on); `rows` are its lines, of a table split into cells."""

    kind: str
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Leaf:
    """A page, sheet or slide."""

    heading: str
    pieces: tuple[Piece, ...]


@dataclass(frozen=True)
class Document:
    """`author` is a user name."""

    name: str
    title: str
    language: str
    author: str
    leaves: tuple[Leaf, ...]

    @property
    def format(self) -> str:
        return self.name.rpartition(".")[2]


def _piece(text: str) -> Piece:
    lines = text.splitlines()
    if text.startswith("|"):
        return Piece("table", tuple(tuple(cell.strip() for cell in line.strip("| ").split("|")) for line in lines))
    for mark, kind in (("- ", "list"), ("_ ", "lines")):
        if text.startswith(mark):
            return Piece(kind, tuple((line.removeprefix(mark),) for line in lines))
    return Piece("text", ((" ".join(lines),),))


def _leaf(text: str) -> Leaf:
    heading, _, rest = text.partition("\n")
    return Leaf(heading.strip(), tuple(_piece(part.strip()) for part in rest.split("\n\n") if part.strip()))


def read_document(path: Path, people: dict[str, Person]) -> Document:
    """Read and check one document."""
    name = path.name.removesuffix(".md")
    _, front, body = path.read_text(encoding="utf-8").split("---\n", 2)
    head = yaml.safe_load(front)
    if set(head) != REQUIRED:
        raise DemoDataError(f"{path.name}: missing or unknown fields {sorted(REQUIRED ^ set(head))}")
    if head["author"] not in people:
        raise DemoDataError(f"{path.name}: {head['author']!r} does not exist")
    before, *leaves = f"\n{body}".split("\n=== ")
    document = Document(name, head["title"], head["lang"], people[head["author"]].username, tuple(map(_leaf, leaves)))
    if before.strip() or not leaves or document.format not in FORMATS:
        raise DemoDataError(f"{path.name}: it begins with === and a heading, and is one of {FORMATS}")
    return document


def load_documents(people: dict[str, Person]) -> dict[str, Document]:
    """All documents by file name."""
    read = [read_document(path, people) for path in sorted(FOLDER.glob("*.md"))]
    return {document.name: document for document in read}
