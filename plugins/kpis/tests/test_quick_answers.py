"""The latest value of a key figure above the results of a search that names it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from plugins.kpis.queries import kpis_for
from plugins.kpis.quick_answers import latest_values
from plugins.kpis.tests.samples import cost, csv_of, row
from portal.host import QuickQuestion
from portal.host.rules import OFF, set_rule
from portal.ingestion.models import Source
from portal.testing.adapters import deliver

PAGE = "/search/"


@pytest.fixture(autouse=True)
def _database(settings):
    settings.ELASTICSEARCH_URL = ""


def question(person):
    return QuickQuestion(words=("door",), entries=tuple(kpis_for(person)))


def test_it_has_value_unit_state_and_freshness(door, bob):
    (answer,) = latest_values(bob, question(bob))
    assert (answer.title, answer.value, answer.source) == ("Door to doctor", "34 min", "ehr")
    assert (answer.state, answer.state_text) == ("ok", "On target")
    assert answer.read_at
    assert answer.url == door.get_absolute_url()


def test_a_source_that_is_late_is_said_to_be(door, bob):
    Source.objects.update(last_success_at=timezone.now() - timedelta(days=9), stale_after=60)
    (answer,) = latest_values(bob, question(bob))
    assert (answer.state, answer.state_text) == ("stale", "Last good value")


def test_it_costs_one_query_however_many_there_are(door, source, bob):
    asked = question(bob)
    assert cost(lambda: list(latest_values(bob, asked))) == 1
    deliver(source, csv_of(*(row(f"figure{n}", 0, n) for n in range(5))))
    asked = question(bob)
    assert len(asked.entries) == 6
    assert cost(lambda: list(latest_values(bob, asked))) == 1


def test_the_search_page_says_it_to_whom_the_figure_is_for(door, as_bob, as_charlie, emergency):
    found = as_bob.get(PAGE, {"q": "door to doctor"})
    assert [answer.value for answer in found.context["quick"]] == ["34 min"]
    assert as_bob.get(PAGE, {"q": "doctor on call"}).context["quick"] == []
    assert as_charlie.get(PAGE, {"q": "door to doctor"}).context["quick"] == []
    set_rule("kpis", emergency, OFF, acting_person=None)
    assert as_bob.get(PAGE, {"q": "door to doctor"}).context["quick"] == []
