"""Results that editors put first or leave out for a phrase."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from portal.audience import tokens
from portal.audience.expressions import any_of
from portal.catalogue import actions as catalogue
from search.editing import actions
from search.models import Promotion
from tests.search.conftest import titles


@pytest.fixture
def promote():
    def make(entry, phrases, **fields):
        promotion = Promotion(entry=entry, phrases=phrases, **fields)
        actions.save(promotion, acting_person=None)
        return promotion

    return make


def _promoted(result):
    return [hit.entry.title for hit in result.promoted]


def test_a_promoted_result_stands_above_the_others_and_is_not_told_twice(publish, find, alice, promote):
    publish("Parking for staff")
    canteen = publish("Menu of the canteen")
    permits = publish("Parking permits")
    promote(canteen, "parking, car park", position=2)
    promote(permits, "Parking", position=1)
    result = find(alice, "PARKING")
    assert _promoted(result) == ["Parking permits", "Menu of the canteen"]
    assert titles(result) == ["Parking for staff"]
    assert (result.count, result.facets["kind"]) == (2, {"user": 2})  # what matches, whether promoted or not
    assert _promoted(find(alice, "car park")) == ["Menu of the canteen"]


def test_a_promotion_holds_for_its_very_phrase_unless_it_says_otherwise(publish, find, alice, promote):
    promotion = promote(publish("Menu of the canteen"), "car park")
    assert _promoted(find(alice, "car park floor")) == []
    promotion.anywhere = True
    actions.save(promotion, acting_person=None)
    assert _promoted(find(alice, "the car park floor")) == ["Menu of the canteen"]
    assert _promoted(find(alice, "park car")) == []


def test_a_promotion_holds_within_its_period(publish, find, alice, promote):
    now, hour = timezone.now(), timedelta(hours=1)
    entry = publish("Menu of the canteen")
    later = promote(entry, "later", starts_at=now + hour)
    promote(entry, "over", ends_at=now - hour)
    promote(entry, "now", starts_at=now - hour, ends_at=now + hour)
    assert [_promoted(find(alice, q)) for q in ("later", "over", "now")] == [[], [], ["Menu of the canteen"]]
    later.starts_at, later.ends_at = now, now - hour
    with pytest.raises(ValidationError, match="end after it begins"):
        actions.save(later, acting_person=None)


def test_promoted_results_stand_on_the_first_page_of_a_search_without_filters(publish, find, alice, promote):
    promote(publish("Menu of the canteen"), "parking")
    publish("Parking for staff")
    assert _promoted(find(alice, "parking")) == ["Menu of the canteen"]
    assert _promoted(find(alice, "parking", page=2)) == []
    assert _promoted(find(alice, "parking", kind="user")) == []


def test_nobody_finds_by_promotion_what_they_may_not_see(publish, find, alice, charlie, emergency, promote):
    entry = publish("Secret plan", audience=any_of(tokens.department(emergency)))
    promote(entry, "lunch")
    assert _promoted(find(alice, "lunch")) == ["Secret plan"]
    result = find(charlie, "lunch")
    assert (_promoted(result), result.count, result.facets["kind"]) == ([], 0, {})
    catalogue.remove_entries(type(entry).objects.filter(pk=entry.pk))
    assert _promoted(find(alice, "lunch")) == []


def test_what_is_left_out_is_neither_shown_nor_counted(publish, find, alice, promote):
    publish("Parking for staff")
    promote(publish("Parking in 2009"), "parking", action=Promotion.Action.EXCLUDE)
    result = find(alice, "parking")
    assert (titles(result), result.count, result.facets["kind"]) == (["Parking for staff"], 1, {"user": 1})
    assert find(alice, "parking 2009").count == 1


def test_what_is_both_promoted_and_left_out_is_left_out(publish, find, alice, promote):
    entry = publish("Parking for staff")
    promote(entry, "parking")
    promote(entry, "parking", action=Promotion.Action.EXCLUDE)
    result = find(alice, "parking")
    assert (_promoted(result), titles(result)) == ([], [])


def test_promotions_cost_no_query(publish, find, alice, promote, django_assert_max_num_queries, engine):
    entries = [publish(f"Thing {number}") for number in range(6)]
    find(alice, "thing")
    with django_assert_max_num_queries(3):
        find(alice, "thing")
    for entry in entries:
        promote(entry, "thing")
    find(alice, "thing")
    with django_assert_max_num_queries(3):
        assert len(find(alice, "thing").promoted) == 6


def test_the_page_and_the_api_show_promoted_results(publish, as_alice, promote):
    promote(publish("Menu of the canteen"), "lunch")
    page = as_alice.get("/search/", {"q": "lunch"})
    assert [hit.entry.title for hit in page.context["promoted"]] == ["Menu of the canteen"]
    assert "Recommended" in page.content.decode()
    answer = as_alice.get("/api/v1/search/", {"q": "lunch"}).json()
    assert ([hit["title"] for hit in answer["promoted"]], answer["count"]) == (["Menu of the canteen"], 0)
