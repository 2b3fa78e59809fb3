"""Quick answers above the results: asked where words or names fit, of what the person may see, on every engine."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portal.audience import tokens
from portal.audience.expressions import any_of
from portal.catalogue.actions import hide
from portal.catalogue.models import Topic
from portal.host.plugin import QuickAnswer, QuickAnswers
from portal.host.registry import registry
from portal.host.rules import OFF, set_rule
from search import engines
from search.seeking.models import Sought
from tests import factories

PAGE = "/search/"


@pytest.fixture
def answers(engine):
    """What stands above the results: (title, value)."""

    def run(client, q, **filters):
        response = client.get(PAGE, {"q": q, **filters})
        assert response.status_code == 200
        return [(answer.title, answer.value) for answer in response.context["quick"]]

    return run


@pytest.fixture
def directory(publish, emergency):
    for first, last, phone in (("Maret", "Tamm", "5522"), ("Maret", "Kuusk", "5533"), ("Olga", "Ivanova", "")):
        person = factories.person(departments=[emergency], first_name=first, last_name=last)
        facets = {"phone": phone, "place": "House 2"}
        name = f"{first} {last}"
        publish(
            name,
            obj=person,
            author=person,
            type="person",
            body=f"Nurse\n{phone}",
            url=f"/people/{first}/",
            facets=facets,
        )


@pytest.fixture
def gym(publish, emergency):
    facets = {"opening_hours": "6 to 8\n16 to 22", "place": "House C"}
    return publish("Staff gym", kind="managed", type="facility", body="Open 6 to 8", facets=facets, language="en")


@pytest.mark.parametrize("q", ["Maret Tamm phone", "phone number of Maret Tamm", "tamm telefon", "Maret Tamm", "tamm"])
def test_a_persons_phone(answers, directory, as_bob, q):
    assert answers(as_bob, q) == [("Phone of Maret Tamm", "5522")]


def test_a_name_that_several_have_is_answered_when_it_is_asked_for(answers, directory, as_bob):
    assert answers(as_bob, "maret") == []
    assert sorted(answers(as_bob, "maret phone")) == [("Phone of Maret Kuusk", "5533"), ("Phone of Maret Tamm", "5522")]


@pytest.mark.parametrize("q", ["Olga Ivanova phone", "phone", "nurse", "mare tam"])
def test_there_is_no_answer_without_a_name_or_a_phone(answers, directory, as_bob, q):
    assert answers(as_bob, q) == []


@pytest.mark.parametrize("q", ["gym opening hours", "when does the gym open", "staff gym", "Gym Öffnungszeiten", "gym"])
def test_a_facilitys_opening_hours(answers, gym, as_bob, q):
    assert answers(as_bob, q) == [("Opening hours: Staff gym", "6 to 8\n16 to 22")]


def test_an_answer_is_escaped_and_leads_on(publish, as_bob, engine):
    evil = "<img src=x onerror=alert(1)>"
    publish(f"Sauna {evil}", kind="managed", type="facility", url="/sauna/", facets={"opening_hours": evil})
    html = as_bob.get(PAGE, {"q": "sauna open"}).content.decode()
    assert "<img src=x" not in html
    assert 'href="/sauna/"' in html
    assert "Quick answer" in html


def test_filters_and_further_pages_have_none(answers, gym, as_bob):
    assert answers(as_bob, "gym", kind="managed") == []
    assert answers(as_bob, "gym", type="facility") == []


def test_a8_nobody_is_answered_of_what_they_may_not_see(answers, publish, emergency, as_bob, as_charlie):
    only = any_of(tokens.department(emergency))
    secret = publish(
        "Hidden bunker", kind="managed", type="facility", audience=only, facets={"opening_hours": "at midnight"}
    )
    for q in ("hidden bunker", "bunker open"):
        assert answers(as_bob, q) == [("Opening hours: Hidden bunker", "at midnight")]
        assert answers(as_charlie, q) == []
        assert "midnight" not in as_charlie.get(PAGE, {"q": q}).content.decode()
    hide(Topic.objects.get(pk=secret.key))
    assert answers(as_bob, "bunker open") == []


@pytest.fixture
def soup(monkeypatch):
    """A plugin that answers, and the questions it was asked."""
    asked = []

    def answer(person, question):
        asked.append(question)
        return [QuickAnswer(f"Soup {n}", "Borscht", "/app/tasks/") for n in range(9)]

    given = [QuickAnswers("soup", answer, words=("soup", "supp"), beside=("today",))]
    monkeypatch.setattr(registry.get("tasks").contributions, "quick_answers", given)
    return asked


def test_a_plugin_is_asked_where_its_words_are_and_nowhere_else(answers, publish, soup, as_bob):
    publish("Canteen")
    for q in ("canteen", "soups", "canteen today", "so up"):
        assert answers(as_bob, q) == []
    assert soup == []
    assert len(answers(as_bob, "What is the Supp today")) == 3
    assert len(answers(as_bob, "soup in the canteen")) == 3
    assert [(question.words, question.rest) for question in soup] == [
        (("supp", "today"), ()), (("soup", "canteen"), ("canteen",)),
    ]  # fmt: skip


def test_a_plugin_that_is_off_in_the_persons_department_is_never_asked(answers, soup, emergency, as_bob, as_charlie):
    set_rule("tasks", emergency, OFF, acting_person=None)
    assert answers(as_bob, "soup") == []
    assert soup == []
    assert len(answers(as_charlie, "soup")) == 3


def test_a_search_that_asks_nothing_costs_nothing_more(directory, gym, publish, as_bob, monkeypatch, settings, engine):
    settings.FOLKMOOT_STAMP_SECONDS = 3600

    def cost(q):
        as_bob.get(PAGE, {"q": q})
        with CaptureQueriesContext(connection) as queries:
            as_bob.get(PAGE, {"q": q})
        return len(queries)

    with_them = [cost("nurse"), cost("maret"), cost("tamm"), cost("gym")]
    monkeypatch.setattr(registry, "core_answers", {})
    for plugin in registry.active():
        monkeypatch.setattr(plugin.contributions, "quick_answers", [])
    assert [cost("nurse"), cost("maret"), cost("tamm"), cost("gym")] == with_them


@pytest.mark.parametrize("q", ["maret phone", "tamm telefon"])
def test_no_zero_stands_above_an_answer_and_what_is_answered_counts_as_found(directory, as_bob, engine, q):
    response = as_bob.get(PAGE, {"q": q})
    html = response.content.decode()
    assert "Phone of Maret" in html
    assert (response.context["total"], response.context["similar"]) == (0, False)
    assert "0 results" not in html
    assert "Kinds of results" not in html
    assert "Nothing found" not in html
    assert Sought.objects.get().nothing is False


def test_where_nothing_is_found_nor_answered_the_page_says_so(directory, as_bob, engine):
    html = as_bob.get(PAGE, {"q": "zzzzqqqq"}).content.decode()
    assert "0 results" in html
    assert "Kinds of results" in html
    assert Sought.objects.get().nothing is True


def test_what_is_answered_costs_two_requests(directory, as_bob, engine, monkeypatch):
    if engine == "database":
        return
    elasticsearch = engines.elasticsearch_engine()
    asked, search = [], elasticsearch._reader.search
    monkeypatch.setattr(elasticsearch._reader, "search", lambda **given: asked.append(given) or search(**given))
    assert as_bob.get(PAGE, {"q": "maret phone"}).context["quick"]
    assert len(asked) == 2
