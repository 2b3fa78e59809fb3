"""What becomes of what was typed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.seeking.phrases import normalised


@pytest.mark.parametrize(
    ("typed", "phrase"),
    [
        ("  Holiday\t FORM ", "holiday form"),
        ('"Sick leave"', "sick leave"),
        ("Where is the canteen?", "where is the canteen"),
        ("Töövõimetusleht", "toovoimetusleht"),
        ("Straße", "strasse"),
        ("HR-204b", "hr-204b"),
        ("C++ or C#", "c++ or c#"),
        ("room 12.3/4", "room 12.3/4"),
        ("1234567", "1234567"),
    ],
)
def test_ways_of_writing_a_phrase_are_one(typed, phrase):
    assert normalised(typed) == phrase


@pytest.mark.parametrize(
    "typed",
    [
        "38001010001",
        "call 5123 4567 now",
        "+372 512 3456 7",
        "(030) 12-34/56.78",
        "1234_5678",
        "١٢٣٤٥٦٧٨",
        "１２３４５６７８",
        "bob＠example.org",
        "born 12.03.1985",
        "EE38 2200 2210 2014",
        "alice@example.org",
        "alice @ example.org",
        "mail of x@y",
    ],
)
def test_what_looks_personal_is_no_phrase(typed):
    assert normalised(typed) == ""


@pytest.mark.parametrize("typed", ["", '""', "!?", "___", "-", "word " * 25, None, "\x00\u202e"])
def test_what_is_empty_or_too_long_is_no_phrase(typed):
    assert normalised(typed) == ""


@given(st.text(max_size=120))
def test_a_phrase_is_its_own_phrase_and_no_formula(typed):
    phrase = normalised(typed)
    assert normalised(phrase) == phrase
    assert len(phrase) <= 100
    assert phrase[:1] not in {"=", "+", "-", "@", "\t", "\r", " ", "'"} or not phrase
