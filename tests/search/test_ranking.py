"""What makes results weigh more or less, and why each stands where it does, on every engine."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from math import prod

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone, translation

from portal.people.following import follow
from search import ranking
from search.editing import actions
from search.query import SearchRequest
from search.service import search
from tests.cast import logged_in
from tests.search.conftest import titles

NOW = timezone.now()


def _ago(days: int):
    return NOW - timedelta(days=days)


def _of(kind: str, days: int):
    return {"kind": kind, "published_at": _ago(days)}


@pytest.mark.parametrize(
    ("factor", "first", "second"),
    [
        ("managed", {"kind": "managed", "type": "news"}, {"kind": "user"}),
        ("verified", {"stale_from": NOW + timedelta(days=9)}, {}),
        ("stale", {}, {"stale_from": _ago(1)}),
        ("own_language", {"language": "en"}, {"language": "sv"}),
        ("fresh_user", {"published_at": _ago(2)}, {"published_at": _ago(100)}),
        ("old_user", {"published_at": _ago(100)}, {"published_at": _ago(800)}),
        ("old_managed", _of("managed", 99), _of("managed", 1999)),
        ("old_automated", _of("automated", 30), _of("automated", 99)),
    ],
)  # fmt: skip
def test_a_factor_decides_between_equal_words_until_it_is_turned_round(publish, find, alice, factor, first, second):
    same = {"published_at": _ago(60)}
    better = publish("Hand hygiene", **(same | first))
    worse = publish("Hand hygiene", **(same | second))
    order = [hit.entry.pk for hit in find(alice, "hygiene").hits]
    assert order == [better.pk, worse.pk]
    others = {one.name: 1 for one in ranking.FACTORS if one.group != ranking.WORDS and not one.name.endswith("_days")}
    default = ranking.BY_NAME[factor].default
    actions.set_factors(others | {factor: 1 / default}, acting_person=None)
    assert [hit.entry.pk for hit in find(alice, "hygiene").hits] == [worse.pk, better.pk]


def test_what_comes_from_the_own_department_and_below_it_stands_first(publish, find, alice, emergency, laboratory):
    from tests import factories

    trauma = factories.department("Trauma", parent=emergency)
    publish("Hand hygiene one", department=laboratory, published_at=_ago(60))
    publish("Hand hygiene two", department=trauma, published_at=_ago(61))
    assert titles(find(alice, "hygiene")) == ["Hand hygiene two", "Hand hygiene one"]


def test_what_people_write_whom_one_follows_stands_first_and_the_people_themselves(publish, find, alice, bob, charlie):
    publish("Hand hygiene one", author=charlie, published_at=_ago(60))
    publish("Hand hygiene two", author=bob, published_at=_ago(61))
    assert titles(find(alice, "hygiene")) == ["Hand hygiene one", "Hand hygiene two"]
    follow(bob, acting_person=alice)
    alice.refresh_from_db()
    assert titles(find(alice, "hygiene")) == ["Hand hygiene two", "Hand hygiene one"]


def test_people_are_neither_fresh_nor_old(publish, find, alice):
    publish("Anna Berg", type="person", published_at=_ago(4000))
    publish("Anna Berg", type="person", published_at=_ago(1))
    first, second = find(alice, "anna berg").hits
    assert first.score == pytest.approx(second.score)


def test_a_word_in_the_title_weighs_what_the_number_says(publish, find, alice):
    publish("Sepsis", body="About something", published_at=_ago(60))
    publish("Something", body="About sepsis and sepsis", published_at=_ago(60))
    assert titles(find(alice, "sepsis"))[0] == "Sepsis"
    actions.set_factors({"title": 0, "title_stem": 0, "exact_title": 0, "body": 50}, acting_person=None)
    assert titles(find(alice, "sepsis"))[0] == "Something"


@pytest.mark.parametrize("sought", ["hand hygiene", "hygene", "wash", "hygiene "])
def test_an_explanation_adds_up_to_the_score(publish, engine, alice, sought):
    from search.models import Synonym

    actions.save(Synonym(term="wash", meanings="hygiene"), acting_person=None)
    publish("Hand hygiene", kind="managed", type="news", body="Hygiene of the hand", stale_from=_ago(1))
    publish("Notes", summary="On hand hygiene", language="sv", published_at=_ago(800))
    result = search(SearchRequest(person=alice, q=sought), explain=True)
    assert (result.engine, len(result.hits)) == (engine, 2)
    for hit in result.hits:
        why = hit.explanation
        total = sum(part.number for part in why.sums) * prod(part.number for part in why.factors)
        assert total == pytest.approx(hit.score, rel=1e-3), why
        assert why.sums
        assert why.score == hit.score
    factors = {part.text for part in next(h for h in result.hits if h.entry.title == "Notes").explanation.factors}
    assert factors == {"Old posts"}


def test_an_explanation_names_words_and_places(publish, engine, alice):
    publish("Hand hygiene", body="Wash the hand", author=alice)
    with translation.override("en"):
        why = search(SearchRequest(person=alice, q="hand hygiene"), explain=True).hits[0].explanation
    texts = [part.text for part in why.sums]
    if engine == "database":
        assert texts == ["the words, as the database measures them", "the title is just what is sought"]
    else:
        beside = "the words stand side by side"
        assert texts[:2] == ["“hand” (title, text)", "“hygiene” (title)"]
        assert set(texts[2:]) == {"the title is just what is sought", beside}


def test_search_managers_ask_why_and_nobody_else(publish, as_alice, search_manager):
    publish("Hand hygiene")
    asked = {"q": "hygiene", "explain": "1"}
    manager = logged_in(search_manager)
    for reader, told in ((as_alice, False), (manager, True)):
        page = reader.get("/search/", asked)
        assert ("×" in page.content.decode()) == told
        hit = reader.get("/api/v1/search/", asked).json()["results"][0]
        assert (hit["explanation"] is not None) == told
    assert manager.get("/api/v1/search/", {"q": "hygiene"}).json()["results"][0]["explanation"] is None


def test_an_explanation_costs_two_queries_however_many_hits(publish, alice, engine, django_assert_max_num_queries):
    for size in (2, 8):
        for number in range(size):
            publish(f"Hand hygiene {size} {number}")
        search(SearchRequest(person=alice, q="hygiene"))
        with django_assert_max_num_queries(6):
            assert len(search(SearchRequest(person=alice, q="hygiene"), explain=True).hits) >= size


def test_the_command_explains_what_somebody_finds(publish, alice, engine, capsys):
    publish("Hand hygiene", url="/hand/")
    call_command("search", "explain", "hygiene", "--as", alice.username)
    told = capsys.readouterr().out.splitlines()
    assert told[:2] == [f"{engine}: 1 results", "1. Hand hygiene (/hand/)"]
    assert re.match(
        r"   [\d.]+ = \([\d.]+ .+\) × 1\.1 In the reader's language, or in none × 1\.1 Fresh posts$", told[2]
    )
    call_command("search", "explain", "hygiene", "--as", alice.username, "--json")
    assert [hit["url"] for hit in json.loads(capsys.readouterr().out)["hits"]] == ["/hand/"]
    with pytest.raises(CommandError, match="Nobody has the user name nobody"):
        call_command("search", "explain", "hygiene", "--as", "nobody")


def test_a_title_is_found_among_more_newer_matches_than_are_ranked(publish, find, alice, monkeypatch):
    monkeypatch.setattr("search.engines.database.postgresql._FEW", 5)
    for dialect in ("postgresql", "sqlite"):
        monkeypatch.setattr(f"search.engines.database.{dialect}.TITLED", 2)
        monkeypatch.setattr(f"search.engines.database.{dialect}.RANKED", 5)
    old = timezone.now() - timedelta(days=700)
    publish("Hand hygiene", published_at=old, body="hand hygiene")
    publish("Hand hygiene in the kitchen", published_at=old)
    for number in range(8):
        publish(f"Task {number}", body="Hand hygiene is one of many things that are said here")
    found = titles(find(alice, "hand hygiene"))
    assert found[0] == "Hand hygiene"
    assert "Hand hygiene in the kitchen" in found
    assert find(alice, "hand hygiene").count == 10


def test_frequent_words_are_found_counted_and_ordered_as_rare_ones(publish, find, alice, monkeypatch):
    for number in range(6):
        publish(f"Hand hygiene {number}" if number % 2 else f"Task {number}", summary="hygiene " * number)
    publish("Nothing of the kind")
    rare = find(alice, "hygiene", kind="user")
    monkeypatch.setattr("search.engines.database.postgresql._FEW", 2)
    frequent = find(alice, "hygiene", kind="user")
    assert titles(frequent) == titles(rare)
    assert len(titles(rare)) == 5
    assert (frequent.count, frequent.facets) == (rare.count, rare.facets)


def test_a_title_of_a_long_page_stands_above_a_short_text_that_mentions_it(publish, find, alice):
    publish("Antibiotics", summary="Within an hour, by the sepsis bundle", kind="automated", type="kpi")
    publish("Sepsis: the first hour", kind="managed", type="process", body="What to do, step by step. Sepsis. " * 200)
    assert titles(find(alice, "sepsis"))[0] == "Sepsis: the first hour"
