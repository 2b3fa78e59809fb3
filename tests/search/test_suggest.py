"""As you type: what is suggested, to whom, at what cost, on every engine."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
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
from search.beginnings import beginnings_of, topic_pattern
from search.recent import remember_search
from search.suggest import MOST, SHOWN, suggest
from tests import factories
from tests.search.test_doors import HOSTILE

PAGE, API = "/search/suggest/", "/api/v1/search/suggest/"


def page(publish, title, **fields):
    return publish(title, **{"kind": "managed", "type": "process"} | fields)


def test_people_pages_topics_posts_and_figures_come_in_one_list(typed, publish, employ, alice):
    employ("Seppo", "Kask")
    page(publish, "Sepsis in the first hour", topics=("Sepsis care",))
    publish("Sepsis drill went well")
    publish("Sepsis cases", kind="automated", type="kpi")
    publish("I agree about sepsis", subject=publish("Something else"), type="comment")
    assert typed(alice, "sep") == {
        "people": ["Seppo Kask"],
        "pages": ["Sepsis in the first hour"],
        "topics": ["Sepsis care"],
        "posts": ["Sepsis drill went well"],
        "figures": ["Sepsis cases"],
    }


def test_eight_lines_are_shared_by_all_groups_the_best_of_each_before_the_third_of_another(
    typed, publish, employ, alice
):
    for number in range(4):
        employ("Seppo", f"Kask{number}")
        page(publish, f"Sepsis page {number}", topics=(f"Sepsis topic {number}",))
        publish(f"Sepsis drill {number}")
        publish(f"Sepsis cases {number}", kind="automated", type="kpi")
        remember_search(f"sepsis {number}", acting_person=alice)
    numbers = {name: len(texts) for name, texts in typed(alice, "sep").items()}
    assert numbers == {"recent": 2, "people": 2, "pages": 1, "topics": 1, "posts": 1, "figures": 1}
    assert sum(numbers.values()) == MOST == 8


def test_a_group_that_has_little_leaves_its_room_to_the_others(typed, publish, employ, alice):
    for number in range(5):
        employ("Seppo", f"Kask{number}")
        page(publish, f"Sepsis page {number}")
    publish("Sepsis drill")
    numbers = {name: len(texts) for name, texts in typed(alice, "sep").items()}
    assert numbers == {"people": 4, "pages": 3, "posts": 1}


@pytest.mark.parametrize("text", ["élo", "elo", "Élod", "ÉLODIE", "dup élo", "élodie dup", "é", "du", "d e"])
def test_beginnings_of_a_name_are_found_in_any_order_and_spelling(typed, employ, alice, text):
    employ("Élodie", "Dupont")
    employ("Anna", "Kask")
    assert typed(alice, text)["people"] == ["Élodie Dupont"]


@pytest.mark.parametrize("text", ["jür", "jur", "groß", "gross", "GROẞ", "jü gr"])
def test_letters_that_fold_are_found_as_written_and_folded(typed, employ, alice, text):
    employ("Jürgen", "Großmann")
    assert typed(alice, text)["people"] == ["Jürgen Großmann"]


def test_what_is_written_with_its_diacritics_comes_first(typed, publish, alice):
    page(publish, "Elo ratings of teams")
    page(publish, "Élodie retires")
    assert typed(alice, "élo")["pages"] == ["Élodie retires", "Elo ratings of teams"]


@pytest.mark.parametrize("text", ["+372 5551 23", "5551", "372 5551 2345", "B-214", "b 214", "B 21"])
def test_phone_numbers_and_rooms_are_found_as_written(typed, employ, alice, text):
    employ("Maret", "Tamm", phone="+372 5551 2345", place="House 2, B-214")
    employ("Anna", "Kask", phone="+372 6661 9999", place="House 2, C-333")
    assert typed(alice, text)["people"] == ["Maret Tamm"]


@pytest.mark.parametrize("text", ["HR-204b", "hr-2", "hr 204", "HR204", "204b"])
def test_codes_are_found_wherever_they_stand(typed, publish, alice, text):
    page(publish, "Leave of absence", body="Use form HR-204b for it")
    page(publish, "Leave of the ward", body="Use form HR-305 for it")
    assert typed(alice, text)["pages"] == ["Leave of absence"]


def test_plain_words_are_sought_in_titles_only(typed, publish, alice):
    page(publish, "Leave of absence", body="Ask the canteen")
    assert typed(alice, "canteen") == {}


def test_all_words_must_begin_there(typed, publish, alice):
    page(publish, "Infusion pumps on floor three")
    assert typed(alice, "fl pum") == {"pages": ["Infusion pumps on floor three"]}
    assert typed(alice, "pum cellar") == {}
    assert typed(alice, "umps") == {}


def test_the_nearest_title_comes_first(typed, publish, alice):
    page(publish, "The new canteens of the region")
    page(publish, "The canteen has moved")
    page(publish, "Canteen")
    assert typed(alice, "canteen")["pages"] == [
        "Canteen", "The canteen has moved", "The new canteens of the region",
    ]  # fmt: skip


def test_colleagues_come_before_others(typed, employ, publish, laboratory, alice):
    other = factories.person(departments=[laboratory], first_name="Anna", last_name="Aas")
    publish("Anna Aas", obj=other, author=other, type="person", department=laboratory)
    employ("Anna", "Zorn")
    assert typed(alice, "anna")["people"] == ["Anna Zorn", "Anna Aas"]


def test_translations_of_one_page_are_shown_once_in_the_readers_language(typed, publish, alice):
    for language, title in (("en", "Sepsis first hour"), ("sv", "Sepsis första timmen"), ("de", "Sepsis erste Stunde")):
        page(publish, title, language=language, translation_key="one")
    page(publish, "Sepsis elsewhere", language="en", translation_key="two")
    for language, title in (("sv", "Sepsis första timmen"), ("en", "Sepsis first hour"), ("de", "Sepsis erste Stunde")):
        with translation.override(language):
            assert sorted(typed(alice, "sepsis")["pages"]) == sorted([title, "Sepsis elsewhere"])
    with translation.override("nl"):
        assert len(typed(alice, "sepsis")["pages"]) == 2
    with translation.override("sv"):
        assert typed(alice, "stunde")["pages"] == ["Sepsis erste Stunde"], "what is typed stands only there"


def test_a_page_in_all_languages_leaves_room_for_others(typed, publish, alice):
    for number in range(SHOWN["pages"]):
        for language in ("en", "et", "sv", "nl", "de"):
            page(
                publish, f"Rota {number} {language}", language=language, translation_key=f"page{number}", indexed=False
            )
    page(publish, "Something")
    with translation.override("et"):
        assert sorted(typed(alice, "rota")["pages"]) == [f"Rota {number} et" for number in range(SHOWN["pages"])]


@pytest.mark.parametrize("text", ["élo", "elo", "con", "ward con", "Élodie w"])
def test_topics_are_found_by_the_beginning_of_any_word(typed, publish, alice, text):
    publish("Anything", topics=("Élodie ward contacts", "Laundry"))
    assert typed(alice, text)["topics"] == ["Élodie ward contacts"]


def test_folded_letters_of_topics_are_found(typed, publish, alice):
    publish("Anything", topics=("Großküche",))
    assert typed(alice, "grossku")["topics"] == ["Großküche"]
    assert typed(alice, "großkü")["topics"] == ["Großküche"]


# Who sees it: A8


@pytest.fixture
def secret(publish, employ, emergency, alice):
    only = any_of(tokens.department(emergency))
    page(publish, "Quarrel in the ward", audience=only, topics=("Quarrels",), tree_path="00010001")
    publish("Quarrel again", audience=only, author=alice)


def test_a8_an_outsider_is_suggested_no_trace_of_what_is_for_others(typed, secret, bob, charlie):
    assert typed(bob, "quar") == {
        "pages": ["Quarrel in the ward"], "topics": ["Quarrels"], "posts": ["Quarrel again"],
    }  # fmt: skip
    assert typed(charlie, "quar") == {}


def test_a8_exceptions_windows_and_hidden_things_hold(typed, publish, emergency, alice, bob):
    now, only = timezone.now(), any_of(tokens.department(emergency))
    page(publish, "Quarry for all but Bob", audience=excluding(only, tokens.person(bob)), topics=("Quarry",))
    page(publish, "Quarry of tomorrow", visible_from=now + timedelta(days=1), topics=("Quarry tomorrow",))
    page(publish, "Quarry of yesterday", visible_until=now - timedelta(days=1), topics=("Quarry yesterday",))
    hidden = page(publish, "Quarry that is hidden", topics=("Quarry hidden",))
    hide(Topic.objects.get(pk=hidden.key))
    assert typed(alice, "quarry") == {"pages": ["Quarry for all but Bob"], "topics": ["Quarry"]}
    assert typed(bob, "quarry") == {}


def test_a8_leaving_a_department_ends_its_suggestions_at_once(typed, secret, emergency, charlie):
    add_membership(charlie, emergency, acting_person=None)
    charlie.refresh_from_db()
    assert typed(charlie, "quar")["pages"] == ["Quarrel in the ward"]
    remove_membership(charlie, emergency, acting_person=None)
    charlie.refresh_from_db()
    assert typed(charlie, "quar") == {}


def test_a8_a_plugin_that_is_off_is_not_suggested(typed, publish, emergency, bob):
    publish("Pumps have moved", plugin="microblog", department=emergency, topics=("Pumps",))
    assert typed(bob, "pump") == {"topics": ["Pumps"], "posts": ["Pumps have moved"]}
    rules.set_rule("microblog", emergency, rules.OFF, acting_person=None)
    assert typed(bob, "pump") == {}


def test_a8_what_was_narrowed_is_gone_before_the_index_knows(typed, publish, emergency, bob, charlie, catch_up):
    page(publish, "Ward meeting", tree_path="00010001", topics=("Wards",))
    assert typed(charlie, "ward") == {"pages": ["Ward meeting"], "topics": ["Wards"]}
    trees.restrict([("0001", any_of(tokens.department(emergency)))])
    assert typed(charlie, "ward") == {}
    catch_up()
    assert typed(charlie, "ward") == {}
    assert typed(bob, "ward") == {"pages": ["Ward meeting"], "topics": ["Wards"]}


def test_a8_nobody_is_suggested_anything_without_an_account(typed, secret, client, alice):
    assert typed(AnonymousUser(), "quar") == {}
    assert client.get(PAGE, {"q": "quar"}).status_code == 302
    assert client.get(API, {"q": "quar"}).status_code == 401
    alice.is_active = False
    assert typed(alice, "quar") == {}


# Through HTTP


def test_the_list_is_a_listbox_whose_text_is_escaped(publish, as_bob):
    page(publish, "Sepsis <script>alert(1)</script>", type='proc"ess')
    html = as_bob.get(PAGE, {"q": "sep"}).content.decode()
    assert 'role="listbox"' in html
    assert "<mark>Sepsis</mark> &lt;script&gt;" in html
    assert "<script>" not in html
    assert "1 suggestion" in html
    assert as_bob.get(PAGE, {"q": "sep"}).headers["Cache-Control"].startswith("max-age=0")


def test_the_api_gives_groups(publish, as_bob, engine):
    entry = page(publish, "Sepsis", topics=("Sepsis care",))
    body = as_bob.get(API, {"q": "sep"}).json()
    assert (body["count"], body["engine"], body["limited"]) == (2, engine, False)
    assert [group["name"] for group in body["groups"]] == ["pages", "topics"]
    (first,) = body["groups"][0]["items"]
    assert (first["text"], first["html"], first["entry"]) == ("Sepsis", "<mark>Sepsis</mark>", entry.pk)
    assert body["groups"][1]["items"][0]["url"] == "/topics/sepsis-care/"


def test_a8_both_doors_show_no_trace_to_an_outsider(secret, as_bob, as_charlie):
    for door in (PAGE, API):
        assert "in the ward" in as_bob.get(door, {"q": "quar"}).content.decode()
        assert "uarrel" not in as_charlie.get(door, {"q": "quar"}).content.decode()


@pytest.mark.parametrize("raw", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize("door", [PAGE, API])
def test_a39_no_text_breaks_suggestions(publish, as_bob, door, raw):
    publish("Blood bank")
    response = as_bob.get(f"{door}?q={raw}")
    assert response.status_code == 200
    if door == API:
        assert response.json()["limited"] is False


def test_suggestions_cost_the_same_queries_however_much_there_is(publish, employ, bob, settings):
    settings.FOLKMOOT_STAMP_SECONDS = 3600
    counts = []
    for size in (1, 6):
        for number in range(size):
            employ(f"Rota{size}", f"Berg{number}")
            page(publish, f"Rota page {size} {number}", topics=(f"Rota {size} {number}",))
            remember_search(f"rota {size} {number}", acting_person=bob)
        suggest(bob, "rota")
        with CaptureQueriesContext(connection) as queries:
            found = suggest(bob, "rota")
        assert {group.name for group in found.groups} == {"recent", "people", "pages", "topics"}
        counts.append(len(queries))
    # Elasticsearch: what was narrowed; the database: candidates. Both: entries; topics with own searches.
    assert counts == [3, 3]


def test_what_is_typed_is_read_as_words_numbers_and_codes():
    def read(text):
        return [(word.folded, word.anywhere) for word in beginnings_of(text)]

    assert read("Jür Kask jür") == [("jur", False), ("kask", False)]
    assert read("+372 5551 2") == [("372", True), ("5551", True), ("2", True)]
    assert read("form HR-204b") == [("form", False), ("hr", True), ("204b", True)]
    assert read("floor 3") == [("floor", False), ("3", False)]
    assert topic_pattern(beginnings_of("bß")[0]).endswith("|ß)")
