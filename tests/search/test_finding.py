"""What is found, on every engine."""

from __future__ import annotations

import pytest

from portal.audience import tokens
from portal.audience.expressions import any_of
from tests.search.conftest import titles


def test_words_of_title_summary_body_topics_and_author_are_found(publish, find, alice):
    publish(
        "Infusion pumps",
        summary="Where they stand",
        body="Floor three, behind the lift",
        topics=("Equipment",),
        author=alice,
    )
    for word in ("infusion", "stand", "lift", "equipment", "aav"):
        assert titles(find(alice, word)) == ["Infusion pumps"], word


def test_a_text_that_begins_with_its_title_is_told_from_behind_it(publish, find, alice):
    publish("Night shift, Maret", summary="Until 7:00.", body="Night shift, Maret\nUntil 7:00. Shift lead")
    publish("Maret", summary="Maretti sang", body="Maret")
    snippets = {hit.entry.title: hit.snippet_html for hit in find(alice, "maret").hits}
    assert snippets["Night shift, Maret"] == "Until 7:00."
    assert "Maret" in snippets["Maret"]
    (hit,) = find(alice, "maret lead").hits
    assert hit.snippet_html == "Until 7:00. Shift <mark>lead</mark>"


def test_every_word_must_be_found(publish, find, alice):
    publish("Infusion pumps on floor three")
    assert find(alice, "pumps floor").count == 1
    assert find(alice, "pumps cellar").count == 0
    assert find(alice, "pumps").hits[0].score > 0


@pytest.mark.parametrize(
    ("language", "text", "sought"),
    [
        ("en", "Cleaning the infusion pumps", "cleaned pump"),
        ("et", "Haiglas on uued raamatud", "haiglate raamatute"),
        ("sv", "Sjukhusets nya avdelningar", "sjukhuset avdelning"),
        ("nl", "De nieuwe afdelingen van het ziekenhuis", "afdeling"),
        ("de", "Die Krankenhäuser der Gruppe", "krankenhaus"),
    ],
)
def test_other_forms_of_a_word_are_found_in_its_language(publish, find, alice, language, text, sought):
    publish(text, language=language)
    assert titles(find(alice, sought + " ")) == [text]


def test_forms_are_found_where_the_language_is_not_known(publish, find, alice):
    publish("Haiglas on uued raamatud")
    assert find(alice, "raamatute haigla").count == 1


def test_a_stem_of_one_language_finds_nothing_in_another(publish, find, alice):
    # "avdelningarna" is a form of "avdelning" in Swedish only.
    publish("The avdelning", language="en")
    publish("En avdelning", language="sv")
    result = find(alice, "avdelningarna ")
    assert (titles(result), result.similar) == (["En avdelning"], False)


@pytest.mark.parametrize("sought", ["Jürgen", "jurgen", "JÜRGEN", "jürg", "jurg", "jür"])
def test_diacritics_are_found_as_written_and_folded_also_while_typing(publish, find, alice, sought):
    publish("Jürgen makes élodie a coffee in Großstraße")
    assert find(alice, sought).count == 1


@pytest.mark.parametrize("sought", ["élo", "elo", "groß", "gross", "GROSSSTRASSE", "E\u0301lodie"])
def test_letters_that_fold_to_two_are_found(publish, find, alice, sought):
    publish("Jürgen makes Élodie a coffee in Großstraße")
    assert find(alice, sought).count == 1


@pytest.mark.parametrize("sought", ["HR-204b", "hr 204b", "hr204b", "204b", "HR.204B"])
def test_codes_are_found_as_written_and_with_spaces(publish, find, alice, sought):
    publish("Form HR-204b for leave")
    publish("Form HR-204c for leave")
    assert titles(find(alice, sought)) == ["Form HR-204b for leave"]


def test_a_code_written_with_a_space_is_found_with_a_hyphen(publish, find, alice):
    publish("Room B 214 is locked")
    assert find(alice, "B-214").count == 1
    assert find(alice, "B-215").count == 0


def test_the_last_word_may_be_a_beginning_and_no_other(publish, find, alice):
    publish("Laboratory results")
    assert find(alice, "results labor").count == 1
    assert find(alice, "labor results").count == 0


def test_words_in_quotation_marks_stand_together(publish, find, alice):
    publish("Night shift in the ward", body="A long shift at night is over")
    publish("The shift of the night", body="Nothing else")
    assert titles(find(alice, '"night shift"')) == ["Night shift in the ward"]
    assert find(alice, "night shift").count == 2


def test_words_that_say_nothing_need_not_be_found(publish, find, alice):
    publish("Infusion pumps")
    assert find(alice, "where are the infusion pumps").count == 1
    assert find(alice, "the").count == 0


def test_a_match_in_the_title_comes_before_one_in_the_body(publish, find, alice):
    publish("Something else", body="The defibrillator is mentioned here")
    publish("Defibrillator", body="How to use it")
    publish("Another thing", summary="About the defibrillator", body="More")
    assert titles(find(alice, "defibrillator")) == ["Defibrillator", "Another thing", "Something else"]


def test_what_changed_is_found_by_its_new_words_only(publish, find, alice):
    entry = publish("Old words")
    from portal.catalogue.models import Topic

    publish("Fresh words", obj=Topic.objects.get(pk=entry.key))
    assert find(alice, "old").count == 0
    assert find(alice, "fresh").count == 1


def test_pages_of_results_follow_each_other_without_gap_or_repetition(publish, find, alice):
    for number in range(7):
        publish(f"Rota {number}", indexed=number == 6)
    seen = [hit.entry.pk for page in (1, 2, 3) for hit in find(alice, "rota", page=page, size=3).hits]
    assert len(seen) == len(set(seen)) == 7
    assert find(alice, "rota", page=4, size=3).hits == []


def test_an_entry_with_an_endless_word_is_found_like_any_other(publish, find, alice):
    publish("Picture inside", body="before " + "x1" * 25_000 + " after " + "é" * 40_000, topics=("y" * 5000,))
    assert find(alice, "before after").count == 1
    assert find(alice, "x1" * 60).count == 1


@pytest.mark.parametrize("sought", ["canten", "caneten", "the canten opens", "Jürgn Kask", "kask jurgne"])
def test_a_misspelt_word_finds_what_is_like_it_and_says_so(publish, find, alice, sought):
    publish("The canteen opens at noon")
    publish("Jürgen Kask", type="person")
    result = find(alice, sought)
    assert (result.count, result.similar) == (1, True)
    assert not find(alice, "canteen").similar


def test_only_words_that_the_person_may_see_are_similar(publish, find, bob, charlie, emergency):
    publish("The canteen opens at noon", audience=any_of(tokens.department(emergency)))
    assert find(bob, "canten").count == 1
    assert find(charlie, "canten").count == 0


def test_nothing_sought_finds_nothing(publish, find, alice):
    publish("Something")
    for text in ("", "   ", '"', "\x00", "-- !", "\u202e"):
        result = find(alice, text)
        assert (result.hits, result.count, result.count_exact) == ([], 0, True)


def test_what_may_have_been_meant_is_told_in_words_of_what_was_found(publish, find, alice):
    publish("Visiting hours on wards", body="Visitors come in the afternoon")
    result = find(alice, "visitng hours")
    assert (result.similar, result.suggestion) == (True, "visiting hours")
    assert result.hits[0].title_html == "<mark>Visiting</mark> <mark>hours</mark> on wards"
    assert find(alice, "visiting hours").suggestion == ""


def test_what_may_have_been_meant_tells_nobody_what_they_may_not_see(publish, find, bob, charlie, emergency):
    publish("Dismissals in radiology", audience=any_of(tokens.department(emergency)))
    publish("Dismantling the old beds")
    assert find(bob, "dismisals").suggestion == "dismissals"
    result = find(charlie, "dismisals")
    assert "dismissals" not in (result.suggestion, *titles(result))


def test_the_page_offers_what_may_have_been_meant_within_the_same_filters(publish, as_alice, engine):
    publish("Visiting hours")
    page = as_alice.get("/search/", {"q": "visitng hours", "kind": "user"})
    assert page.context["suggestion"] == {"text": "visiting hours", "url": "?q=visiting+hours&kind=user"}
    assert "Did you mean" in page.content.decode()
    assert as_alice.get("/api/v1/search/", {"q": "visitng hours"}).json()["suggestion"] == "visiting hours"


@pytest.mark.parametrize(
    ("written", "sought"),
    [
        ("+372 5123 4567", "51234567"),
        ("+372 5123 4567", "5123 4567"),
        ("+372 5123 4567", "51 23 45 67"),
        ("+372 5123 4567", "+3725123-4567"),
        ("+372 5123 4567", "0037251234567"),
        ("+46 (0)8 123 456 78", "08-123 456 78"),
        ("+46 (0)8 123 456 78", "+46812345678"),
        ("020 555 01 23", "0205550123"),
        ("51234567", "5123 4567"),
        ("extension 5123 4567", "51234"),
    ],
)
def test_telephone_numbers_are_found_however_they_are_grouped(publish, find, alice, written, sought):
    publish("Porter", body=f"Call {written} at night")
    publish("Others", body="Call +372 9999 0000 or 4567 at 11:30 on 2026-11-27")
    result = find(alice, sought)
    assert (titles(result), result.similar) == (["Porter"], False)
    assert "<mark>" in result.hits[0].snippet_html


def test_dates_and_years_are_found_as_before(publish, find, alice):
    publish("Report", body="From 2024 to 2025 and 2026, on 2026-11-27")
    assert find(alice, "2024 2025 2026").count == 1
    assert find(alice, "2026-11-27").count == 1
    assert find(alice, "2024 2025 2027").count == 0
