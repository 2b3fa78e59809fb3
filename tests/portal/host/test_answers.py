"""Quick answers: who may answer is gated, what answers is guarded, and what it says is checked."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser

from portal.host import breaker
from portal.host.answers import SHOWN, sources_for
from portal.host.doors import doors
from portal.host.models import Trouble
from portal.host.plugin import QuickAnswer, QuickAnswers, QuickQuestion
from portal.host.registry import registry
from portal.host.rules import FORCED_OFF, INHERIT, OFF, set_rule

QUESTION = QuickQuestion(words=("soup",))
ANSWER = QuickAnswer("Soup of the day", "Borscht", "/app/tasks/")


@pytest.fixture
def contribute(monkeypatch):
    """Puts these functions in the place of the plugin's answers."""

    def put(*functions):
        answers = [QuickAnswers(f"soup{n}", function, words=("soup",)) for n, function in enumerate(functions)]
        monkeypatch.setattr(registry.get("tasks").contributions, "quick_answers", answers)

    return put


def ask(person):
    found = [source.ask(person, QUESTION) for source in sources_for(person) if source.plugin == "tasks"]
    return [answer for answers in found for answer in answers]


def test_a_plugin_answers_whom_it_is_on_for_and_is_not_called_for_others(
    contribute, bob, charlie, emergency, organisation
):
    called = []

    def answer(person, question):
        called.append(person)
        return [ANSWER]

    contribute(answer)
    assert ask(bob) == [ANSWER]
    called.clear()
    set_rule("tasks", emergency, OFF, acting_person=None)
    assert (ask(bob), ask(charlie)) == ([], [ANSWER])
    set_rule("tasks", organisation, FORCED_OFF, acting_person=None)
    assert ask(charlie) == []
    assert called == [charlie]
    set_rule("tasks", organisation, INHERIT, acting_person=None)
    charlie.is_active = False
    assert list(sources_for(charlie)) == list(sources_for(AnonymousUser())) == []


def test_it_is_a_door_with_a_gate(contribute):
    contribute(lambda person, question: [ANSWER])
    (door,) = (door for door in doors() if door.kind == "quick answer" and door.plugin == "tasks")
    assert (door.name, door.gated) == ("soup0", True)


def raises(person, question):
    yield ANSWER
    raise RuntimeError("on purpose")


def gives(value):
    return lambda person, question: value


def leads(**urls):
    return gives([QuickAnswer(**{"title": "Soup", "value": "x", "url": "/x/"} | urls)])


@pytest.mark.parametrize(
    "function",
    [
        raises,
        gives(None),
        gives(["borscht"]),
        leads(url="javascript:alert(1)"),
        leads(value_url="data:text/html,x"),
        leads(url="//evil.example/"),
        leads(url="/\\evil.example/"),
    ],
    ids=["raises", "gives nothing", "gives rubbish", "script", "data", "elsewhere", "elsewhere written oddly"],
)
def test_one_that_fails_costs_its_own_answer_and_is_noted(contribute, bob, function):
    contribute(function, gives([ANSWER]))
    assert ask(bob) == [ANSWER]
    breaker.flush()
    assert [trouble.place for trouble in Trouble.objects.all()] == ["quick answer soup0"]


def test_it_may_lead_to_a_page_a_phone_or_a_mail(contribute, bob):
    contribute(leads(value_url="tel:+3725551"), leads(value_url="mailto:a@b.example"), leads(url="https://x.example/"))
    assert len(ask(bob)) == 3


def test_only_so_many_are_taken_of_one_that_never_ends(contribute, bob):
    def endless(person, question):
        while True:
            yield ANSWER

    contribute(endless)
    assert len(ask(bob)) == SHOWN
