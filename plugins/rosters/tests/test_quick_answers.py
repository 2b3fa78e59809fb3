"""The reader's next shift above the results of a search."""

from __future__ import annotations

import pytest

from plugins.rosters.quick_answers import my_next_shift
from plugins.rosters.tests.samples import calendar, cost, event, on, who
from portal.host import QuickQuestion
from portal.host.rules import OFF, set_rule
from portal.testing.adapters import deliver

QUESTION = QuickQuestion(words=("next", "shift"))


@pytest.fixture
def two_shifts(source, alice, bob):
    deliver(
        source,
        calendar(
            event("past", on(-2), on(-2, "1500"), who("bob")),
            event("later", on(9), on(9, "1500"), who("bob"), summary="Late shift"),
            event("next", on(3), on(3, "1500"), who("bob"), summary="Night shift"),
            event("cancelled", on(1), on(1, "1500"), who("bob"), "STATUS:CANCELLED"),
            event("hers", on(1), on(1, "1500"), who("alice")),
        ),
    )


def test_it_is_the_persons_own_that_begins_next(two_shifts, bob):
    (answer,) = my_next_shift(bob, QUESTION)
    assert answer.title == "Your next shift"
    assert answer.value.endswith("07:00 to 15:00")
    assert answer.detail == "Night shift · Emergency"
    assert answer.source == "rota"
    assert answer.read_at
    assert answer.url.startswith("/app/rosters/")


def test_one_that_runs_is_said_to(source, bob):
    deliver(source, calendar(event("now", on(-1, "0000"), on(1, "2300"), who("bob"))))
    (answer,) = my_next_shift(bob, QUESTION)
    assert answer.title == "Your present shift"


def test_who_works_no_shift_and_who_asks_something_else_is_told_nothing(two_shifts, bob, charlie):
    assert list(my_next_shift(charlie, QUESTION)) == []
    assert list(my_next_shift(bob, QuickQuestion(words=("shift", "lead"), rest=("lead",)))) == []


def test_it_costs_one_query_however_many_there_are(two_shifts, source, bob, settings):
    settings.FOLKMOOT_STAMP_SECONDS = 3600
    list(my_next_shift(bob, QUESTION))
    assert cost(lambda: list(my_next_shift(bob, QUESTION))) == 1
    deliver(source, calendar(*(event(str(n), on(n), on(n, "1500"), who("bob")) for n in range(1, 9))))
    list(my_next_shift(bob, QUESTION))
    assert cost(lambda: list(my_next_shift(bob, QUESTION))) == 1


@pytest.mark.parametrize(
    "q", ["my next shift", "when is my shift", "minu järgmine vahetus", "nästa arbetspass", "Dienst"]
)
def test_the_search_page_says_it_where_the_plugin_is_on(two_shifts, as_bob, emergency, settings, q):
    settings.ELASTICSEARCH_URL = ""
    assert "Your next shift" in as_bob.get("/search/", {"q": q}).content.decode()
    set_rule("rosters", emergency, OFF, acting_person=None)
    assert "Your next shift" not in as_bob.get("/search/", {"q": q}).content.decode()
