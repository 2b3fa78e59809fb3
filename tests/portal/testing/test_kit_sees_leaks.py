"""The kit is itself tested: each of these plugins, or platforms, is broken, and the kit says so."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from rest_framework.response import Response

from plugins.microblog import actions
from plugins.microblog.models import Post
from portal.api.pagination import CappedCursorPagination
from portal.audience.expressions import EVERYONE
from portal.catalogue.models import Entry
from portal.host.registry import registry
from portal.testing.conformance import CANARY
from portal.testing.conformance.kit import client_of
from search import service


def newest_text(*args) -> str:
    return "".join(Post.objects.values_list("text", flat=True))


@pytest.fixture
def leaky(monkeypatch):
    """Another plugin that tells what the microblog's rows say, wherever the slot is drawn."""

    def leak(slot, answer=newest_text):
        monkeypatch.setattr(registry.all()["comments"].contributions, "slots", {slot: answer})

    return leak


def test_a_trace_on_a_page(posts, folkmoot_house, leaky):
    leaky("timeline.above")
    with pytest.raises(AssertionError, match="GET /"):
        posts.test_off_hides_every_trace_and_on_shows_it(folkmoot_house, None)


def test_a_trace_on_the_page_of_a_department_alone(posts, folkmoot_house, leaky):
    leaky("department.page")
    with pytest.raises(AssertionError, match="GET /departments/conformance-house/conformance-ward/"):
        posts.test_off_hides_every_trace_and_on_shows_it(folkmoot_house, None)


def test_a_trace_in_a_header(posts, folkmoot_house, settings):
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, f"{__name__}.last_post_in_a_header"]
    with pytest.raises(AssertionError, match="HEAD /"):
        posts.test_off_hides_every_trace_and_on_shows_it(folkmoot_house, None)


def last_post_in_a_header(get_response):
    def answer(request):
        response = get_response(request)
        if request.method == "HEAD":
            response["X-Last-Post"] = newest_text()
        return response

    return answer


def test_a_card_that_does_not_name_its_plugin(posts, folkmoot_house, monkeypatch):
    card = actions.post_card
    monkeypatch.setattr(actions, "post_card", lambda post: replace(card(post), plugin=""))
    with pytest.raises(AssertionError, match="/search/"):
        posts.test_off_hides_every_trace_and_on_shows_it(folkmoot_house, None)


def test_a_canary_that_is_nowhere_while_on(posts, folkmoot_house, monkeypatch):
    monkeypatch.setattr(posts, "make", lambda author, department: None)
    with pytest.raises(AssertionError, match="would prove nothing"):
        posts.test_off_hides_every_trace_and_on_shows_it(folkmoot_house, None)


def test_a_plugin_that_only_says_it_shows_no_texts(posts, folkmoot_house, monkeypatch):
    monkeypatch.setattr(type(posts), "shown", False, raising=False)
    with pytest.raises(AssertionError, match="shown = False"):
        posts.test_off_hides_every_trace_and_on_shows_it(folkmoot_house, None)


def test_the_numbers_that_are_compared(posts, folkmoot_house):
    posts.fill(folkmoot_house)
    found = posts.numbers(folkmoot_house.author)
    assert (".facets.kind.user", 1) in found[f"/api/v1/search/?q={CANARY}"]
    assert (".count", 1) in found["/api/v1/timeline/"]
    assert "1" in found["/search/"]


def test_what_is_for_the_department_is_shown_to_another(posts, folkmoot_house, monkeypatch):
    card = actions.post_card
    monkeypatch.setattr(actions, "post_card", lambda post: replace(card(post), audience=EVERYONE))
    with pytest.raises(AssertionError, match="another department"):
        posts.test_on_it_is_shown_to_those_it_is_for(folkmoot_house, None)


def test_a_plugin_that_only_says_its_items_are_for_everybody(posts, folkmoot_house, monkeypatch):
    monkeypatch.setattr(type(posts), "for_department", False)
    with pytest.raises(AssertionError, match="for_department"):
        posts.test_on_it_is_shown_to_those_it_is_for(folkmoot_house, None)


def test_hidden_items_in_the_facets(posts, folkmoot_house, monkeypatch):
    ask = service._ask

    def with_hidden_ones(query, request):
        engine, found, reason = ask(query, request)
        everything = Counter(Entry.objects.values_list("type", flat=True))
        return engine, replace(found, counts={**found.counts, "type": everything}), reason

    monkeypatch.setattr(service, "_ask", with_hidden_ones)
    with pytest.raises(AssertionError, match="facets"):
        posts.test_off_what_is_hidden_is_not_counted_either(folkmoot_house, None)


def test_hidden_items_in_the_count_of_a_list(posts, folkmoot_house, monkeypatch):
    def with_hidden_ones(self, data):
        return Response({"count": Entry.objects.count(), "results": data})

    monkeypatch.setattr(CappedCursorPagination, "get_paginated_response", with_hidden_ones)
    with pytest.raises(AssertionError, match="/api/v1/content/"):
        posts.test_off_what_is_hidden_is_not_counted_either(folkmoot_house, None)


def test_a_door_without_a_gate(posts, settings):
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if "Gate" not in name]
    with pytest.raises(AssertionError, match="Door"):
        posts.test_it_is_described_and_has_no_ungated_door()


def test_searches_are_answered_by_the_engine_of_the_stack(posts, folkmoot_house, folkmoot_search, settings):
    posts.fill(folkmoot_house)
    answer = client_of(folkmoot_house.colleague).get(f"/api/v1/search/?q={CANARY}").json()
    assert answer["engine"] == ("elasticsearch" if settings.ELASTICSEARCH_URL else "database")
    assert (answer["count"], answer["limited"]) == (1, False)


def test_the_microblog_as_it_is_shows_the_canary_to_its_readers(posts, folkmoot_house):
    """So that the failures above are those of what was broken."""
    posts.fill(folkmoot_house)
    met = posts.crawl(folkmoot_house.colleague, posts.everywhere(folkmoot_house), ["get"])
    assert {"GET /", f"GET /search/?q={CANARY}", "GET /app/microblog/", "GET /api/v1/timeline/"} <= set(met)
