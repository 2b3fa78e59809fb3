"""Reading what a person typed."""

from __future__ import annotations

import pytest

from search.analysis import analyse, stem
from search.terms import clean, parse


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("  two \t words\n", "two words"),
        ("nul\x00and\x07bell", "nul and bell"),
        ("lone \ud800 surrogate\udfff", "lone surrogate"),
        ("\u202eright to left\u200f", "right to left"),
        ("e\u0301lan", "élan"),
        (None, ""),
    ],
)
def test_what_no_engine_takes_is_left_out(text, expected):
    assert clean(text) == expected


def test_a_query_is_capped_in_characters_and_terms():
    assert len(clean("a" * 5000)) == 200
    assert len(parse(" ".join(f"w{number}" for number in range(5000))).terms) == 32
    assert len(parse(" ".join(["same"] * 40)).terms) == 1


def test_only_the_last_word_is_open_ended_and_only_when_it_says_enough():
    terms = parse("night shift").terms
    assert [term.prefix for term in terms] == [False, True]
    assert not parse("shift x").terms[-1].prefix
    assert not parse('"night shift"').terms[-1].prefix
    assert not parse('night "shift"').terms[-1].prefix


def test_quotation_marks_make_a_phrase_and_a_lone_one_nothing():
    assert parse('"night shift" ward').terms[0].words == ("night", "shift")
    assert parse('night "shift').terms == parse("night shift").terms
    assert not parse('"')


def test_codes_keep_their_parts_and_are_joined():
    term = parse("HR-204b").terms[0]
    assert (term.code, term.words) == ("hr204b", ("hr", "204b"))
    assert parse("and/or").terms[0].code == ""


def test_a_text_becomes_folded_words_with_their_variants():
    words = analyse("Jürgen's HR-204b", ("en",))
    assert [word.folded for word in words] == ["jurgen", "s", "hr", "204b"]
    assert set(words[0].variants) == {"jürgen", "_en_jurgen"}
    assert "hr204b" in words[3].variants


def test_stems_are_marked_with_their_language():
    assert stem("haiglad", "et") == "_et_haigla"
    assert stem("running", "en") == "_en_run"
