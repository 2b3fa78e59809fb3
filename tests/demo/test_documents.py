"""The demo's documents: real files of their formats, each shown by a page, some of them for few."""

from __future__ import annotations

import pytest

from demo.documents import load_documents
from demo.files import made
from demo.load import Demo, load_demo
from demo.pages import LANGUAGES
from demo.sources import DemoDataError
from portal.extraction.extract import extract


@pytest.fixture(scope="module")
def demo() -> Demo:
    return load_demo()


def test_each_document_is_shown_by_one_page_and_some_are_for_few(demo):
    shown = [(name, page) for page in demo.pages.values() for name in page.documents]
    assert sorted(name for name, _page in shown) == sorted(demo.documents)
    assert 5 <= len(shown) <= 8
    assert {document.language for document in demo.documents.values()} == set(LANGUAGES)
    assert {document.format for document in demo.documents.values()} >= {"pdf", "docx", "xlsx"}
    assert sum(not page.audience.is_everyone for _name, page in shown) >= 3


@pytest.mark.parametrize("name", load_demo().documents)
def test_every_page_of_a_document_is_read_where_it_stands(demo, name, tmp_path):
    document, file = demo.documents[name], tmp_path / name
    file.write_bytes(made(document))
    with file.open("rb") as opened:
        found = extract(opened)
    assert (found.format, len(found.pages)) == (document.format, len(document.leaves))
    for leaf, text in zip(document.leaves, found.pages, strict=True):
        words = " ".join(text.split())
        told = [leaf.heading] if document.format != "xlsx" else []  # the name of a sheet is not in its cells
        told += [cell for piece in leaf.pieces for row in piece.rows for cell in row[:1]]
        assert all(one.split()[0] in words for one in told), (leaf.heading, words)


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("a.pdf.md", "---\ntitle: A\nlang: en\n---\n=== One\n", "author"),
        ("a.pdf.md", "---\ntitle: A\nlang: en\nauthor: nobody\n---\n=== One\n", "does not exist"),
        ("a.pdf.md", "---\ntitle: A\nlang: en\nauthor: liis.kask\n---\nNo heading\n", "begins with ==="),
        ("a.odt.md", "---\ntitle: A\nlang: en\nauthor: liis.kask\n---\n=== One\n", "is one of"),
    ],
)
def test_a_document_that_cannot_be_made_says_why(demo, monkeypatch, tmp_path, name, text, why):
    (tmp_path / name).write_text(text)
    monkeypatch.setattr("demo.documents.FOLDER", tmp_path)
    with pytest.raises(DemoDataError, match=why):
        load_documents(demo.people)
