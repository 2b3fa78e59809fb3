"""As you type, misspelt: what is suggested instead, below what begins as it is typed, to whom, at what cost."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from portal.audience import tokens
from portal.audience.expressions import any_of, excluding
from portal.catalogue import trees
from portal.catalogue.actions import hide
from portal.catalogue.models import Topic
from portal.host import rules
from portal.people.actions import add_membership, remove_membership
from search.beginnings import Beginnings, beginnings_of
from search.engines.elastic import ElasticsearchEngine
from search.engines.elastic.suggest_body import suggest_body
from search.misspelling import like, like_name, like_whole
from search.suggest import GROUPS, SHOWN, named, suggest
from tests.search.test_suggest import API, PAGE, page

LIMIT = 5_000  # bytes of a request besides the reader's audiences


@pytest.mark.parametrize(
    "text",
    [
        "jurgan",
        "jurga",
        "Jürgne",
        "jrgen",
        "jurrgen",
        "Yürgen",
        "ürgen",
        "schmitd",
        "schmid",
        "scmidt",
        "jurgan schmitd",
    ],
)
def test_a_misspelt_name_is_found_while_it_is_typed(typed, employ, alice, text):
    employ("Jürgen", "Schmidt")
    employ("Anna", "Kask")
    if text == "schmid":
        assert typed(alice, text) == {"people": ["Jürgen Schmidt"]}
    else:
        assert typed(alice, text) == {"similar": ["Jürgen Schmidt"]}


@pytest.mark.parametrize("text", ["daan mey", "meyer daan", "Dann Meijer", "dan meje"])
def test_beside_another_word_a_short_one_may_be_misspelt(typed, employ, alice, text):
    employ("Daan", "Meijer")
    employ("Daan", "Bakker")
    if text == "meyer daan":  # two letters for one: Elasticsearch compares whole names further
        assert typed(alice, text).get("similar", ["Daan Meijer"]) == ["Daan Meijer"]
    else:
        assert typed(alice, text) == {"similar": ["Daan Meijer"]}


@pytest.mark.parametrize("text", ["cantene", "cantteen", "canteem", "canten mov"])
def test_titles_are_found_misspelt_but_for_their_first_letter(typed, publish, alice, text):
    page(publish, "The canteen has moved")
    assert typed(alice, text) == {"similar": ["The canteen has moved"]}
    assert typed(alice, "kanteen") == {}


@pytest.mark.parametrize("text", ["jog", "xyz", "5551", "HR-205", "b 215", "hr205b"])
def test_short_words_alone_numbers_and_codes_are_meant_as_they_are_typed(typed, employ, publish, alice, text):
    employ("Jörn", "Xyer", phone="+372 5552 2345", place="House 2, B-214")
    page(publish, "Form HR-204b", body="HR-204b")
    assert typed(alice, text) == {}


def test_only_titles_are_compared(typed, employ, publish, alice):
    page(publish, "Leave of absence", summary="Ask the canteen", body="Ask the canteen")
    employ("Maret", "Tamm", job_title="Cardiologist")
    assert typed(alice, "canteem") == {}
    assert typed(alice, "cardeologist") == {}


def test_what_begins_as_it_is_typed_stands_above_and_leaves_little_room(typed, publish, employ, engine, alice):
    for number in range(3):
        employ("Petra", f"Aas{number}")
        page(publish, f"Peter {number}")
    found = typed(alice, "peter")
    assert next(iter(found)) == "pages"
    assert sorted(found["pages"]) == ["Peter 0", "Peter 1", "Peter 2"]
    if engine == "database":  # nothing more is asked where something begins as it is typed
        assert "similar" not in found
    else:
        assert list(found) == ["pages", "similar"]
        assert len(found["similar"]) == SHOWN["similar"]


def test_the_exact_ones_of_a_full_group_leave_no_place(typed, employ, alice):
    for number in range(SHOWN["people"]):
        employ("Peter", f"Aas{number}")
        employ("Petra", f"Oja{number}")
    assert set(typed(alice, "peter")) == {"people"}


def test_the_fewest_and_nearest_mistakes_come_first(typed, employ, alice):
    employ("Karin", "Bergmann")  # Karen: one letter
    employ("Maren", "Bergman")  # at its first letter
    assert typed(alice, "karen")["similar"] == ["Karin Bergmann", "Maren Bergman"]
    employ("Karen", "Bergmanis")
    assert typed(alice, "karen bergmanz")["similar"] == ["Karen Bergmanis", "Karin Bergmann", "Maren Bergman"]


def test_a_whole_word_with_one_mistake_comes_before_a_beginning_with_two(typed, employ, alice):
    employ("Kristiina", "Aas")
    employ("Kristjan", "Vaher")
    assert typed(alice, "kristian")["similar"] == ["Kristjan Vaher", "Kristiina Aas"]


def test_of_equal_mistakes_people_come_before_titles(typed, employ, publish, alice):
    for number in range(3):
        page(publish, f"Night of Kristjan {number}")
    employ("Kristjan", "Vaher")
    assert typed(alice, "kristian")["similar"][0] == "Kristjan Vaher"


def test_translations_of_a_page_are_suggested_once(typed, publish, alice):
    for language, title in (("en", "Sepsis first hour"), ("sv", "Sepsis första timmen")):
        page(publish, title, language=language, translation_key="one")
    with translation.override("sv"):
        assert typed(alice, "sepsys")["similar"] == ["Sepsis första timmen"]


def test_an_answer_about_somebody_is_never_given_for_a_similar_name(employ, alice):
    person = employ("Jürgen", "Schmidt")
    assert [entry.author for entry in named(alice, "jurgen", ["person"], 3)] == [person]
    assert named(alice, "jurgan", ["person"], 3) == []


# Who sees it: A8


def test_a8_an_outsider_is_suggested_no_similar_trace(typed, publish, employ, emergency, alice, bob, charlie):
    only = any_of(tokens.department(emergency))
    page(publish, "Quarrel in the ward", audience=only)
    publish("Quarrelling again", audience=only, author=alice)
    publish("Quarrels a month", audience=only, kind="automated", type="kpi")
    assert sorted(typed(bob, "quarel")["similar"]) == ["Quarrel in the ward", "Quarrelling again", "Quarrels a month"]
    assert typed(charlie, "quarel") == {}
    page(publish, "Quarreller's handbook")
    assert typed(charlie, "quarel") == {"similar": ["Quarreller's handbook"]}


def test_a8_what_an_outsider_may_not_see_takes_no_place_from_what_the_outsider_may(typed, publish, emergency, charlie):
    for number in range(SHOWN["posts"] + 1):
        publish(f"Quarrel {number}", audience=any_of(tokens.department(emergency)))
    publish("Quarrelling about pumps")
    assert typed(charlie, "quarel") == {"similar": ["Quarrelling about pumps"]}


def test_a8_exceptions_windows_and_hidden_things_hold_for_similar_ones(typed, publish, emergency, alice, bob):
    now, only = timezone.now(), any_of(tokens.department(emergency))
    page(publish, "Quarry for all but Bob", audience=excluding(only, tokens.person(bob)))
    page(publish, "Quarry of tomorrow", visible_from=now + timedelta(days=1))
    page(publish, "Quarry of yesterday", visible_until=now - timedelta(days=1))
    hide(Topic.objects.get(pk=page(publish, "Quarry that is hidden").key))
    assert typed(alice, "quary") == {"similar": ["Quarry for all but Bob"]}
    assert typed(bob, "quary") == {}


def test_a8_similar_ones_are_gone_with_the_next_request(typed, publish, emergency, charlie):
    page(publish, "Quarrel in the ward", audience=any_of(tokens.department(emergency)))
    add_membership(charlie, emergency, acting_person=None)
    charlie.refresh_from_db()
    assert typed(charlie, "quarel") == {"similar": ["Quarrel in the ward"]}
    remove_membership(charlie, emergency, acting_person=None)
    charlie.refresh_from_db()
    assert typed(charlie, "quarel") == {}


def test_a8_what_is_narrowed_is_no_similar_one_before_the_index_knows(typed, publish, emergency, bob, charlie):
    page(publish, "Meeting", tree_path="00010001")
    assert typed(charlie, "meetnig") == {"similar": ["Meeting"]}
    trees.restrict([("0001", any_of(tokens.department(emergency)))])
    assert typed(charlie, "meetnig") == {}


def test_a8_a_plugin_that_is_off_has_no_similar_ones(typed, publish, emergency, bob):
    publish("Pumps have moved", plugin="microblog", department=emergency)
    assert typed(bob, "pmups") == {"similar": ["Pumps have moved"]}
    rules.set_rule("microblog", emergency, rules.OFF, acting_person=None)
    assert typed(bob, "pmups") == {}


def test_a8_both_doors_show_no_similar_trace_to_an_outsider(publish, emergency, as_bob, as_charlie):
    page(publish, "Quarrel in the ward", audience=any_of(tokens.department(emergency)))
    for door in (PAGE, API):
        assert "in the ward" in as_bob.get(door, {"q": "quarel"}).content.decode()
        assert "in the ward" not in as_charlie.get(door, {"q": "quarel"}).content.decode()


# How it is told, and what it costs


def test_the_list_says_that_it_is_another_spelling(employ, as_bob):
    employ("Jürgen", "Schmidt")
    html = as_bob.get(PAGE, {"q": "jurgan"}).content.decode()
    assert '<div role="group" aria-label="Did you mean">' in html
    assert 'data-status="Nothing begins like this, 1 similar spelling"' in html
    (option,) = re.findall(r'role="option".*?</div>', html, re.DOTALL)
    assert "similar spelling" in option
    html = as_bob.get(PAGE, {"q": "jurg"}).content.decode()
    assert 'data-status="1 suggestion"' in html
    assert "similar" not in html


def test_the_api_gives_similar_ones_as_a_group(employ, as_bob):
    employ("Jürgen", "Schmidt")
    (group,) = as_bob.get(API, {"q": "jurgan"}).json()["groups"]
    assert (group["name"], [item["text"] for item in group["items"]]) == ("similar", ["Jürgen Schmidt"])


def test_similar_ones_cost_the_same_queries_however_much_there_is(publish, employ, engine, bob, settings):
    settings.FOLKMOOT_STAMP_SECONDS = 3600
    counts = []
    for size in (1, 6):
        for number in range(size):
            employ(f"Roberta{size}", f"Berg{number}")
            page(publish, f"Roberta page {size} {number}")
        suggest(bob, "roburta")
        with CaptureQueriesContext(connection) as queries:
            found = suggest(bob, "roburta")
        assert [group.name for group in found.groups] == ["similar"]
        counts.append(len(queries))
    # Elasticsearch: what was narrowed; the database: candidates, titles. Both: entries; topics with own searches.
    assert counts == ([4, 4] if engine == "database" else [3, 3])


def test_elasticsearch_is_asked_once(employ, engine, alice, monkeypatch):
    employ("Jürgen", "Schmidt")
    asked, ask = [], ElasticsearchEngine._ask
    monkeypatch.setattr(ElasticsearchEngine, "_ask", lambda self, body: asked.append(body) or ask(self, body))
    assert suggest(alice, "jurgan").engine == engine
    assert len(asked) == (engine == "elasticsearch")


@pytest.mark.parametrize(
    ("text", "bytes_at_most"),
    [
        ("grossmann jürgen 204b", LIMIT),
        ("jurgan schmitdt", LIMIT),
        ("a" * 200, LIMIT),
        (" ".join(chr(97 + number) * 24 for number in range(8)), 2 * LIMIT),
    ],
)
def test_the_request_stays_small(alice, text, bytes_at_most):
    asked = Beginnings(alice, text, beginnings_of(text), GROUPS, topics=3, forgiving=True)
    assert any(asked.may_differ(word) for word in asked.words)
    body = suggest_body(asked, now=timezone.now(), excluded=[])
    for clause in body["query"]["bool"]["filter"]:
        clause.get("terms", {}).pop("audience", None)
    assert len(json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode()) < bytes_at_most


def test_patterns_are_short_whatever_is_typed_and_match_one_mistake():
    for word in ("mare", "jurgen", "roosileht", "z" * 64, "абвгдежз"):
        assert len(like(word)) < 300 > len(like_name(word))
        assert re.match(like(word), word)
        assert re.match(like_name(word), word)
    mistaken = {"marte": True, "mrae": True, "mbre": True, "amre": False, "pare": False, "mzze": False}
    assert {word: bool(re.match(like("mare"), word)) for word in mistaken} == mistaken
    names = {"amre": True, "pare": True, "are": True, "smare": True, "pore": False}
    assert {word: bool(re.match(like_name("mare"), word)) for word in names} == names
    wholes = {"mrae": True, "mar": True, "marek": True, "mareks": False, "pare": False, "marre": True}
    assert {word: bool(re.fullmatch(like_whole("mare"), word)) for word in wholes} == wholes
    assert re.match(like("bergstrom"), "bregstorm"), "a long word may have a mistake in each half"
    assert not re.match(like("berg"), "ber"), "the beginning of a beginning is nothing misspelt"
