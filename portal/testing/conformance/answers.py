"""Quick answers are asked where their words or names are, of nobody for whom the plugin is off, and cost little."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portal.host import rules
from portal.host.plugin import QuickAnswers
from portal.testing.conformance.contributions import Spy
from portal.testing.conformance.kit import client_of
from portal.testing.conformance.leaks import ABSENT, Leaks
from portal.testing.plugin import House

MOST = 2  # queries of one that is asked


class Answers(Leaks):
    def test_quick_answers_are_asked_where_they_fit_and_cost_at_most_two_queries(
        self, folkmoot_house: House, monkeypatch: pytest.MonkeyPatch, settings: Any
    ) -> None:
        house = folkmoot_house
        settings.FOLKMOOT_STAMP_SECONDS = 3600
        self.fill(house)
        spied = self._spied(monkeypatch)
        client, pages = client_of(house.author), self.questions()
        for page in [*pages, *pages]:  # the first round is cold
            client.get(page)
        for slug, (spy, costs) in spied.items():
            assert spy.calls, f"quick answer {slug} is asked on none of {pages}"
            assert costs[-1] <= MOST, f"quick answer {slug} costs {costs[-1]} queries"
            spy.calls = 0
        client.get(f"/search/?q={ABSENT}")
        assert not any(spy.calls for spy, _costs in spied.values()), "a search that names nothing asks quick answers"
        self.switch(house.organisation, rules.FORCED_OFF)
        for page in pages:
            client.get(page)
        assert not any(spy.calls for spy, _costs in spied.values()), "quick answers are asked while the plugin is off"

    def _spied(self, monkeypatch: pytest.MonkeyPatch) -> dict[str, tuple[Spy, list[int]]]:
        """By slug: what is called instead of each, and what each call cost."""
        given = self.installed.contributions
        found = {answers.slug: self._spy(answers) for answers in given.quick_answers}
        changed = [replace(answers, answer=found[answers.slug][0]) for answers in given.quick_answers]
        monkeypatch.setattr(given, "quick_answers", changed)
        return found

    def _spy(self, answers: QuickAnswers) -> tuple[Spy, list[int]]:
        costs: list[int] = []

        def asked(*args: Any) -> list[Any]:
            with CaptureQueriesContext(connection) as queries:
                result = list(answers.answer(*args))
            costs.append(sum("SAVEPOINT" not in query["sql"] for query in queries))
            return result

        return Spy(asked), costs
