"""Documents are found by what is on any of their pages, and say on which."""

from __future__ import annotations

import pytest

from search.conf import INDEXED_CHARACTERS, PAGED_SEARCHED, SNIPPET_SEARCHED
from search.highlight import Marker
from search.pages import best_page, characters
from search.terms import parse

FILLER = "Nothing of note happens on this page of the handbook. " * 40  # about 2,200 characters


def page_of(text, q, language="en"):
    return best_page(Marker(parse(q)), text, language)[0]


@pytest.mark.parametrize(
    ("q", "page"),
    [
        ("gloves", 2),
        ("glove", 2),  # another form
        ("glov", 2),  # a beginning
        ("elan", 3),
        ("élan", 3),
        ("strasse", 4),
        ("Straße", 4),
        ("mass", 4),
        ("HR-204b", 5),
        ("hr204b", 5),
        ("needle gloves", 6),  # both words, rather than the first one earlier
        ("gloves unknown", 2),
        ("unknown", 0),
        ("ves", 0),
    ],
)
def test_the_page_with_the_most_of_what_is_sought_is_told(q, page):
    text = "\f".join(
        ["first page", "Wear gloves", "With élan", "Lange Straße mit Maß", "Form HR-204b", "Gloves and needles"]
    )
    assert page_of(text, q) == page


def test_the_text_looked_at_is_bounded_whatever_the_number_of_results():
    assert all(characters(size) * size <= PAGED_SEARCHED for size in (1, 20, 100))
    assert characters(20) >= INDEXED_CHARACTERS
    assert characters(10_000) == SNIPPET_SEARCHED


def document(publish, text, **fields):
    page = publish("Rules of the ward", kind="managed", type="news", url="/rules/")
    facets = {"pages": text.count("\f") + 1, "page_unit": "page", "format": "pdf"}
    fields = {"kind": "managed", "type": "document", "url": "/files/h.pdf", "facets": facets} | fields
    return publish("Handbook", body=text, subject=page, **fields)


@pytest.mark.django_db
@pytest.mark.parametrize("before", [1, 110])
def test_a_match_far_behind_is_found_highlighted_and_tells_its_page(publish, find, bob, before):
    text = "\f".join([FILLER] * before + ["Then wear blue gloves."])
    assert len(text) < INDEXED_CHARACTERS
    document(publish, text)
    (hit,) = find(bob, "gloves").hits
    assert hit.page == before + 1
    assert hit.page_label == f"page {before + 1}"
    assert hit.url == f"/files/h.pdf#page={before + 1}"
    assert hit.snippet_html == "Then wear blue <mark>gloves</mark>."
    assert hit.entry.subject.title == "Rules of the ward"


@pytest.mark.django_db
def test_a_match_in_the_title_alone_leads_to_the_file(publish, find, bob):
    document(publish, FILLER + "\f" + FILLER)
    hit = next(hit for hit in find(bob, "handbook").hits if hit.entry.type == "document")
    assert find(bob, '"handbook"').count == 1
    assert hit.page == 1  # each page says handbook
    document(publish, "Other\fwords", url="/files/i.pdf")
    hits = {hit.entry.url: hit for hit in find(bob, "handbook").hits}
    assert (hits["/files/i.pdf"].page, hits["/files/i.pdf"].url) == (0, "/files/i.pdf")
    assert hits["/files/i.pdf"].page_label == ""


@pytest.mark.django_db
def test_sheets_and_slides_are_called_so_and_one_page_needs_no_number(publish, find, bob):
    sheets = {"pages": 2, "page_unit": "sheet", "format": "xlsx"}
    document(publish, "Prices\fGloves 12.5", facets=sheets)
    (hit,) = find(bob, "gloves").hits
    assert (hit.page_label, hit.url) == ("sheet 2", "/files/h.pdf")
    document(publish, "Needles", facets={"pages": 1, "page_unit": "page", "format": "txt"})
    (hit,) = find(bob, "needles").hits
    assert (hit.page, hit.page_label) == (1, "")


@pytest.mark.django_db
def test_the_page_that_says_it_itself_stands_above_its_document(publish, find, bob):
    page = publish("Blue gloves", kind="managed", type="news", body="Wear blue gloves", url="/rules/")
    facets = {"pages": 1, "page_unit": "page", "format": "pdf"}
    publish("Blue gloves", kind="managed", type="document", body="Wear blue gloves", subject=page, facets=facets)
    publish("Blue gloves", body="Wear blue gloves", type="comment", subject=page)
    assert [hit.entry.type for hit in find(bob, "gloves").hits] == ["news", "document", "comment"]


@pytest.mark.django_db
def test_the_api_tells_page_and_subject(publish, bob, as_bob):
    document(publish, "Nothing\fWear gloves")
    (found,) = as_bob.get("/api/v1/search/?q=gloves").json()["results"]
    assert (found["page"], found["subject"]["title"], found["subject"]["url"]) == (2, "Rules of the ward", "/rules/")
    html = as_bob.get("/search/?q=gloves").content.decode()
    assert "page 2" in html
    assert 'href="/files/h.pdf#page=2"' in html
    assert '<a href="/rules/">Rules of the ward</a>' in html
