"""What is marked, and that nothing else gets through as HTML."""

from __future__ import annotations

import pytest

from search.highlight import Marker
from search.terms import parse


def mark(text, q, language=""):
    return Marker(parse(q)).mark(text, language)


@pytest.mark.parametrize(
    ("text", "q", "expected"),
    [
        ("Pumps on floor 3", "pump", "<mark>Pumps</mark> on floor 3"),
        ("Cleaning pumps", "cleaned pumps", "<mark>Cleaning</mark> <mark>pumps</mark>"),
        ("Jürgen Tamm", "jurgen tam", "<mark>Jürgen</mark> <mark>Tamm</mark>"),
        ("Form HR-204b here", "hr204b", "Form <mark>HR-204b</mark> here"),
        ("Form HR 204b here", "HR-204b", "Form <mark>HR</mark> <mark>204b</mark> here"),
        ("Nothing", "other", "Nothing"),
        ("", "other", ""),
    ],
)
def test_words_codes_and_other_forms_are_marked(text, q, expected):
    assert mark(text, q, "en") == expected


@pytest.mark.parametrize("q", ["script", "alert", "mark", "amp", "lt", '"script alert"', "<script>"])
def test_everything_else_is_escaped(q):
    text = '<script>alert("x")</script> & <mark> &lt;'
    html = mark(text, q)
    bare = html.replace("<mark>", "").replace("</mark>", "")
    assert "<" not in bare
    assert ">" not in bare
    assert '"' not in bare
    snippet = Marker(parse(q)).snippet(["", text * 50], "")
    assert "<" not in snippet.replace("<mark>", "").replace("</mark>", "")


def test_the_snippet_shows_the_place_with_the_most_matches():
    body = (
        "filler words " * 60
        + "one pump here "
        + "filler words " * 60
        + "the pump of the night pump shift "
        + "end " * 60
    )
    snippet = Marker(parse("night pump")).snippet(["No such thing", body], "en")
    assert "the <mark>pump</mark> of the <mark>night</mark> <mark>pump</mark> shift" in snippet
    assert snippet.startswith("… ")
    assert snippet.endswith(" …")
    assert len(snippet) < 400


def test_without_a_match_the_snippet_is_the_beginning():
    assert Marker(parse("other")).snippet(["", "The beginning"], "") == "The beginning"
    assert Marker(parse("other")).snippet(["", ""], "") == ""
