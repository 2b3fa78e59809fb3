"""The organisation's own words: synonyms and stop phrases, with the next search and on every engine."""

from __future__ import annotations

import json

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from portal.catalogue.models import Outbox
from search import vocabulary
from search.editing import actions
from search.engines.elastic.body import body
from search.models import StopPhrase, Synonym
from search.query import SearchRequest
from search.terms import parse
from search.vocabulary import MEANINGS, Vocabulary, words_of
from tests.search.conftest import titles


def _synonym(term: str, meanings: str, **fields):
    synonym = Synonym(term=term, meanings=meanings, **fields)
    actions.save(synonym, acting_person=None)
    return synonym


def test_an_acronym_finds_what_it_means_and_the_other_way_round(publish, find, alice):
    publish("The emergency department moves")
    publish("ED: new doors")
    assert titles(find(alice, "ED ")) == ["ED: new doors"]
    _synonym("ED", "emergency department, A&E")
    assert set(titles(find(alice, "ED "))) == {"ED: new doors", "The emergency department moves"}
    assert set(titles(find(alice, "emergency department"))) == {"ED: new doors", "The emergency department moves"}
    assert titles(find(alice, "ED doors")) == ["ED: new doors"]
    assert not Outbox.objects.exists()  # nothing is indexed anew


def test_the_words_themselves_stand_above_their_synonyms(publish, find, alice):
    _synonym("physician", "doctor")
    publish("Doctor on duty")
    publish("Physician on duty")
    assert titles(find(alice, "physician "))[0] == "Physician on duty"


def test_a_synonym_in_one_direction_finds_nothing_in_the_other(publish, find, alice):
    publish("Lorry for the laundry")
    publish("Vehicle register")
    _synonym("vehicle", "lorry", both_ways=False)
    assert set(titles(find(alice, "vehicle "))) == {"Lorry for the laundry", "Vehicle register"}
    assert titles(find(alice, "lorry ")) == ["Lorry for the laundry"]


def test_synonyms_are_found_in_other_forms_and_marked(publish, find, alice):
    publish("Uued kiirabiautod", language="et")
    publish("About ambulances", language="en")
    _synonym("emo", "ambulance")
    hit = find(alice, "emo ").hits[0]
    assert hit.title_html == "About <mark>ambulances</mark>"


def test_a_changed_or_deleted_synonym_holds_with_the_next_search(publish, find, alice):
    publish("Lorry for the laundry")
    synonym = _synonym("vehicle", "lorry")
    assert find(alice, "vehicle ").count == 1
    synonym.meanings = "car"
    actions.save(synonym, acting_person=None)
    assert find(alice, "vehicle ").count == 0
    synonym.meanings = "lorry"
    actions.save(synonym, acting_person=None)
    actions.delete(synonym, acting_person=None)
    assert find(alice, "vehicle ").count == 0


def test_synonyms_open_nothing_to_those_who_may_not_see_it(publish, find, alice, charlie, emergency):
    from portal.audience import tokens
    from portal.audience.expressions import any_of

    publish("The emergency department moves", audience=any_of(tokens.department(emergency)))
    _synonym("ED", "emergency department")
    assert find(alice, "ED ").count == 1
    result = find(charlie, "ED ")
    assert (result.count, result.hits, result.facets["kind"]) == (0, [], {})


def test_stop_phrases_are_left_out_where_other_words_remain(publish, find, alice):
    publish("Parking permits")
    assert find(alice, "kindly show parking").count == 0
    actions.save(StopPhrase(phrase="kindly show"), acting_person=None)
    assert titles(find(alice, "Kindly  show parking")) == ["Parking permits"]
    assert find(alice, "kindly show").count == 0
    assert find(alice, "kindly parking").count == 0


def test_words_that_mean_something_together_are_one_term():
    known = Vocabulary(synonyms={words_of("head of nursing"): ("matron",), words_of("ward"): ("unit", "station")})
    first, second = parse("head of nursing ward", known).terms
    assert first.words == ("head", "nursing")
    assert [part.written for part in first.parts] == ["head", "nursing"]
    assert [other.written for other in first.others] == ["matron"]
    assert [other.written for other in second.others] == ["unit", "station"]
    assert second.prefix


def test_a_query_is_widened_by_a_bounded_number_of_meanings_and_stays_small(db, alice):
    many = {(f"w{number}",): tuple(f"meaning{number}x{other}" for other in range(8)) for number in range(32)}
    query = parse(" ".join(word for (word,) in many), Vocabulary(synonyms=many))
    assert len(query.terms) == 32
    assert sum(len(term.others) for term in query.terms) == MEANINGS
    two = {("hand",): tuple(f"meaning{number}" for number in range(8))}
    asked = SearchRequest(person=alice, q="hand hygiene")
    request = body(parse(asked.q, Vocabulary(synonyms=two)), asked, now=timezone.now(), excluded=[], departments=None)
    request["query"]["function_score"]["query"]["bool"]["filter"].pop(0)
    assert len(json.dumps(request, separators=(",", ":"))) < 5 * 1024


def test_only_search_managers_change_words(alice, search_manager):
    with pytest.raises(PermissionDenied):
        actions.save(Synonym(term="a", meanings="b"), acting_person=alice)
    actions.save(Synonym(term="a", meanings="b"), acting_person=search_manager)
    with pytest.raises(PermissionDenied):
        actions.delete(Synonym.objects.get(), acting_person=alice)


@pytest.mark.parametrize(
    ("term", "meanings", "said"),
    [
        ("?!", "b", "at least one word"),
        ("a, b", "c", "One term only"),
        ("a", "one two three four five six seven eight nine", "at most 8 words"),
        ("a", ",".join(f"m{number}" for number in range(MEANINGS + 1)), "At most 8 meanings"),
    ],
)
def test_what_cannot_be_a_synonym_is_refused_in_words(db, term, meanings, said):
    with pytest.raises(ValidationError, match=said):
        actions.save(Synonym(term=term, meanings=meanings), acting_person=None)
    assert not Synonym.objects.exists()


def test_words_are_read_once_until_they_change(db, django_assert_num_queries):
    vocabulary.current()
    with django_assert_num_queries(0):
        vocabulary.current()
