"""What is marked, and that nothing else gets through as HTML."""

from __future__ import annotations

from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search import openings
from search.analysis import composed, fold
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


LETTERS = st.text("aäbeiınrsßtTæĳøéHRşσςΣα1204b-./ _\n(+)\u0301\u00a0אﬁ", max_size=60)
SOUGHT = st.lists(
    st.sampled_from(["hr-204b", "straße", "strasse", "ij", "ae", "æ", "ras", "b", "st", "bean", "1204", "ας", "fi"]),
    min_size=1,
    max_size=3,
)


@given(LETTERS, SOUGHT, st.sampled_from(["", "en", "et"]))
def test_what_is_passed_over_is_nothing_that_is_sought(text, words, language):
    marker = Marker(parse(" ".join(words)))
    text = composed(text)
    found = marker.spans(text, language)
    with mock.patch("search.highlight.is_known", return_value=False):  # each word of the text is worked out
        assert Marker(marker.query).spans(text, language) == found


def test_each_letter_of_its_scripts_is_known_by_what_it_is_folded_to():
    letters = [chr(number) for first, last in openings._KNOWN for number in range(first, last + 1)]
    known = [letter for letter in letters if letter.isalnum() and openings.is_known(letter)]
    assert len(known) > 1_000
    for letter in known:
        for word in (letter, f"{letter}rs", f"a{letter}s", f"ar{letter}"):
            begun = openings.openings_of([fold(word)])
            assert openings.beginnings(begun).match(word), (word, begun)


def test_a_chain_without_an_end_is_looked_at_once():
    text = "x-" * 10_000 + "pump"
    marker = Marker(parse("x pump"))
    with mock.patch.object(Marker, "_look_inside", autospec=True, side_effect=Marker._look_inside) as looked:
        assert len(marker.spans(text, "en")) == 10_001
    assert looked.call_count <= 3
