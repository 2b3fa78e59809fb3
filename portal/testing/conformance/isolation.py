"""A contribution that raises or does not end costs its own place; the page and everybody else's part are there."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from django.test import Client
from django.utils.html import escape

from portal.catalogue.models import Entry
from portal.host import breaker
from portal.host.models import Trouble
from portal.host.plugin import Contributions
from portal.host.registry import module_of
from portal.testing.conformance.contributions import (
    HERE,
    Contribution,
    Spy,
    contributions_of,
    like,
    move_in,
    never_ends,
    raises,
)
from portal.testing.conformance.kit import client_of
from portal.testing.conformance.pages import Stream
from portal.testing.conformance.retention import Retention
from portal.testing.conformance.rows import same
from portal.testing.plugin import House

SECONDS = 0.05  # a contribution may take in these tests
PATIENCE = 10  # seconds within which the page must be there nevertheless
PLACEHOLDER = "could not be loaded"


class Isolation(Retention):
    def pages(self, house: House) -> list[str]:
        """Where contributions are drawn: pages of the core, a managed one too, of entries, and those in `places`."""
        urls = list(Entry.objects.exclude(url="").values_list("url", flat=True).order_by("-pk")[:20])
        core = ["/", f"/departments/{house.department.url_path}/", f"/people/{house.author.username}/"]
        page = Stream().page(house)
        asked = self.questions()
        return list(dict.fromkeys([*core, *asked, *self.places(house), page.url, *self.own_addresses(), *urls]))

    def test_a_contribution_that_raises_costs_its_place_only(
        self, folkmoot_house: House, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self._break_each(folkmoot_house, monkeypatch, raises)

    def test_sql_that_does_not_end_costs_its_place_only(
        self, folkmoot_house: House, monkeypatch: pytest.MonkeyPatch, settings: Any
    ) -> None:
        settings.FOLKMOOT_CONTRIBUTION_SECONDS = SECONDS
        self._break_each(folkmoot_house, monkeypatch, never_ends)

    def _break_each(self, house: House, monkeypatch: pytest.MonkeyPatch, behave: Callable[..., Any]) -> None:
        self.fill(house)
        client, pages = client_of(house.author), self.pages(house)
        for contribution in list(contributions_of(self.installed)):
            with monkeypatch.context() as patch:
                self._break(contribution, client, pages, patch, behave)

    def _break(
        self,
        contribution: Contribution,
        client: Client,
        pages: list[str],
        patch: pytest.MonkeyPatch,
        behave: Callable[..., Any],
    ) -> None:
        before, spy = self.dump(), Spy(contribution.function)
        self._put(contribution, spy, patch)
        page = next((page for page in pages if client.get(page).status_code == 200 and spy.calls), "")
        assert page, f"{contribution.place} is drawn on none of {pages}: name a page that draws it in places()"
        move_in(_neighbours(contribution, spy.gave), patch)
        broken = Spy(contribution.function, behave)
        self._put(contribution, broken, patch)
        began = time.monotonic()
        response = client.get(page)
        took = time.monotonic() - began
        text = response.content.decode()
        assert (response.status_code, broken.gave) == (200, None), f"{contribution.place} on {page}"
        assert broken.calls, f"{contribution.place} was not asked on {page}"
        assert took < PATIENCE, f"{contribution.place} held {page} up for {took:.0f} seconds"
        assert HERE in text, f"{contribution.place} took the part of another plugin with it on {page}"
        if isinstance(spy.gave, str) and contribution.place != "navigation":
            assert f"{escape(contribution.title)} {PLACEHOLDER}" in text, f"{contribution.place} says nothing on {page}"
        same(before, self.dump())
        breaker.flush()
        assert Trouble.objects.filter(plugin=self.plugin, place=contribution.place).exists()
        breaker.forget()

    def _put(self, contribution: Contribution, function: Spy, patch: pytest.MonkeyPatch) -> None:
        patch.setattr(self.installed.contributions, contribution.attribute, contribution.changed(function))

    def test_a_card_that_raises_costs_its_own_write_only(
        self, folkmoot_house: House, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        house = folkmoot_house
        self.prepare(house)
        before = self.content()
        cards = getattr(module_of(self.installed, "cards"), "cards", {})
        for function in cards.values():
            monkeypatch.setattr(function, "__code__", raises.__code__)  # wherever it was imported to
        if not cards:
            return  # nothing of it is in the catalogue
        with suppress(Exception):  # the action raises; a delivery is kept and noted as failed
            self.make(house.author, house.department)
        assert self.content() == before, "a row was stored although its entry could not be"
        assert client_of(house.author).get("/").status_code == 200


def _neighbours(contribution: Contribution, gave: Any) -> Contributions:
    if contribution.place.startswith("slot "):
        name = contribution.place.removeprefix("slot ")
        return Contributions(slots={name: lambda *args: like(gave, *args)})
    return contribution.neighbours
