from __future__ import annotations

import pytest

from portal.social.language import language_of

WRITTEN = [
    ("en", "Where is the key to the bike shed?"),
    ("en", "The new rota is online, please check your shifts before Friday."),
    ("et", "Kus on jalgrattakuuri võti?"),
    ("et", "Uus töögraafik on üleval, palun vaadake oma vahetused üle."),
    ("sv", "Var finns nyckeln till cykelförrådet?"),
    ("sv", "Det nya schemat ligger uppe, titta på era pass före fredag."),
    ("nl", "Waar is de sleutel van de fietsenstalling?"),
    ("nl", "Het nieuwe rooster staat online, kijk je diensten na voor vrijdag."),
    ("de", "Wo ist der Schlüssel zum Fahrradkeller?"),
    ("de", "Der neue Dienstplan ist online, bitte prüft eure Schichten bis Freitag."),
]


@pytest.mark.parametrize(("language", "text"), WRITTEN)
def test_the_language_is_told_by_the_text(language, text):
    other = "sv" if language != "sv" else "et"
    assert language_of(text, otherwise=other) == language
    assert language_of(f"{text} https://example.org/the/where/and #welcome 12345", otherwise=other) == language


@pytest.mark.parametrize("text", ["", "!!!", "12 34", "https://example.org/the-new-rota", "#welcome", "🎉"])
def test_where_the_text_says_nothing_it_is_the_authors(text):
    assert language_of(text, otherwise="et") == "et"


def test_it_is_one_of_the_organisations_languages():
    french = "Où est la clé du local à vélos ? Merci beaucoup"
    assert language_of(french, otherwise="et") in ("en", "et", "sv", "nl", "de")
