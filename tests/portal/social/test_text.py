from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError

from portal.social.text import clean_text, headline, shorten, tidy


def test_what_no_database_takes_is_left_out():
    assert tidy(" a\x00b\x07c\ud83dd\u202ee\r\nf\rg ") == "abcde\nf\ng"


def test_right_to_left_marks_and_emoji_stay():
    assert tidy("\u05d0\u200f! 👩\u200d⚕️") == "\u05d0\u200f! 👩\u200d⚕️"


@pytest.mark.parametrize("text", ["", " \n\t ", "\x00", "\u200b\u200f"])
def test_nothing_is_refused(text):
    with pytest.raises(ValidationError, match="Write something"):
        clean_text(text, longest=10)


def test_too_much_is_refused_with_both_numbers():
    with pytest.raises(ValidationError, match="11 characters long; shorten it to 10"):
        clean_text("x" * 11, longest=10)
    assert clean_text("x" * 10 + "\x00", longest=10) == "x" * 10


def test_shortening_cuts_between_words():
    assert shorten("one two three", 9) == "one two…"
    assert shorten("one", 9) == "one"
    assert shorten("x" * 20, 9) == "x" * 9 + "…"


def test_the_headline_is_the_beginning_of_the_text():
    assert headline("First line\nsecond") == "First line"
