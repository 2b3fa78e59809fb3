"""Words that editors wrote before are refused, in the admin and by the actions, and the row that has them is named."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone

from search.editing import actions
from search.models import Promotion, StopPhrase, Synonym
from tests.cast import logged_in


def save(edited):
    actions.save(edited, acting_person=None)
    return edited


def refused(edited):
    """What is said; nothing may be saved."""
    before = type(edited).objects.count()
    with pytest.raises(ValidationError) as caught:
        save(edited)
    assert type(edited).objects.count() == before
    return " ".join(caught.value.messages)


@pytest.mark.parametrize("again", ["ED", "ed", "  Éd "])
def test_a_term_has_one_synonym_whatever_its_capitals_and_accents(db, again):
    save(Synonym(term="ED", meanings="emergency department"))
    assert "“ED = emergency department”" in refused(Synonym(term=again, meanings="casualty"))
    assert "“ED = emergency department”" in refused(Synonym(term=again, meanings="casualty", both_ways=False))


def test_sets_that_overlap_are_refused_and_the_other_one_is_named(db):
    save(Synonym(term="ED", meanings="emergency  department, A&E"))
    for meanings in ("Emergency Department", "casualty, a & e"):
        assert "“ED = emergency  department, A&E”" in refused(Synonym(term="EMO", meanings=meanings))
    assert "“ED = " in refused(Synonym(term="A&E", meanings="casualty", both_ways=False))


def test_what_is_found_in_one_direction_may_belong_to_several(db):
    save(Synonym(term="vehicle", meanings="lorry", both_ways=False))
    save(Synonym(term="transport", meanings="lorry", both_ways=False))
    save(Synonym(term="lorry", meanings="truck"))
    assert Synonym.objects.count() == 3


def test_a_term_does_not_mean_itself_nor_anything_twice(db):
    assert "“Õde” is the term itself" in refused(Synonym(term="ode", meanings="nurse, Õde"))
    assert "“Nurse” stands here twice" in refused(Synonym(term="õde", meanings="nurse, matron, Nurse"))


def test_a_stop_phrase_is_there_once_whatever_its_capitals_and_accents(db):
    save(StopPhrase(phrase="Où est"))
    assert "“Où est”" in refused(StopPhrase(phrase="ou  EST"))


def test_what_means_something_is_not_left_out_and_the_other_way_round(db):
    save(Synonym(term="where to eat", meanings="canteen, Söökla", both_ways=False))
    for phrase in ("Where to  eat", "sookla"):
        assert "“where to eat → canteen, Söökla”" in refused(StopPhrase(phrase=phrase))
    save(StopPhrase(phrase="kindly show"))
    assert "stop phrase “kindly show”" in refused(Synonym(term="Kindly show", meanings="list"))
    assert "stop phrase “kindly show”" in refused(Synonym(term="list", meanings="names, kindly SHOW"))


@pytest.mark.parametrize("nothing", ["?!", "–", "\u200b", "a, &", "b\n…"])
def test_a_phrase_of_which_search_leaves_nothing_is_refused(db, nothing, publish):
    assert refused(Synonym(term="a1", meanings=nothing))
    assert refused(Promotion(phrases=nothing, entry=publish("Menu")))
    assert refused(StopPhrase(phrase=nothing))


def test_marks_that_nobody_sees_are_not_part_of_a_phrase(db, publish, find, alice):
    save(Synonym(term="tri\u00adage", meanings="s\u200bort"))
    publish("How to sort")
    assert find(alice, "triage ").count == 1
    assert "“triage = " in refused(Synonym(term="TRIAGE", meanings="x"))


def test_a_row_can_be_saved_again_as_it_is_or_changed(db, publish):
    rows = [
        save(Synonym(term="ED", meanings="emergency department")),
        save(StopPhrase(phrase="where is")),
        save(Promotion(phrases="lunch, menu", entry=publish("Menu"))),
    ]
    for row in rows:
        save(row)
    rows[0].meanings = "emergency department, casualty"
    save(rows[0])
    rows[1].phrase = "WHERE is"
    save(rows[1])


def test_a_result_has_one_row_for_a_phrase_at_a_time(db, publish):
    entry, now, day = publish("Menu"), timezone.now(), timedelta(days=1)
    save(Promotion(phrases="lunch, Menüü", entry=entry, starts_at=now, ends_at=now + day))
    assert "“lunch, Menüü: Show first”" in refused(Promotion(phrases="x, menuu", entry=entry))
    save(Promotion(phrases="lunch", entry=entry, action="exclude"))
    assert "stands here twice" in refused(Promotion(phrases="tea, Tea", entry=entry))
    save(Promotion(phrases="lunch", entry=entry, starts_at=now + day))
    save(Promotion(phrases="lunch", entry=publish("Canteen")))
    save(Promotion(phrases="dinner", entry=entry))


def test_the_form_says_it_beside_the_field(search_manager):
    save(Synonym(term="ED", meanings="emergency department"))
    save(StopPhrase(phrase="where is"))
    manager = logged_in(search_manager)
    page = manager.post(reverse("search_synonyms:add"), {"term": "éd", "meanings": "casualty", "both_ways": "on"})
    assert "“ED = emergency department”" in page.context["form"].errors["term"][0]
    page = manager.post(reverse("search_synonyms:add"), {"term": "EMO", "meanings": "Where is"})
    assert "stop phrase “where is”" in page.context["form"].errors["meanings"][0]
    page = manager.post(reverse("search_stop_phrases:add"), {"phrase": "Emergency Department"})
    assert "“ED = emergency department”" in page.context["form"].errors["phrase"][0]
    assert (Synonym.objects.count(), StopPhrase.objects.count()) == (1, 1)


def test_what_somebody_else_saved_meanwhile_is_told_in_the_form(search_manager, monkeypatch):
    """The form finds nothing wrong, the action does."""
    cleaned = Synonym.clean
    others = iter([Synonym(term="ED", meanings="casualty")])

    def clean(synonym):
        cleaned(synonym)
        for other in others:
            other.save()

    monkeypatch.setattr(Synonym, "clean", clean)
    given = {"term": "ed", "meanings": "emergency"}
    page = logged_in(search_manager).post(reverse("search_synonyms:add"), given)
    assert (page.status_code, Synonym.objects.count()) == (200, 1)
    assert "“ED = casualty”" in str(page.context["form"].errors)
