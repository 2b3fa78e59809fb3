"""Switched off, nothing of the plugin is seen, counted or suggested: by anybody, at any address, by any method."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from packaging.specifiers import SpecifierSet

from portal.catalogue.models import Entry, EntryTopic
from portal.host import rules
from portal.host.doors import doors
from portal.host.plugin import API_VERSION
from portal.testing.conformance.kit import CANARY, Kit, client_of, text_of
from portal.testing.plugin import House

ABSENT = "quagmireabsent"  # nobody wrote it: how often a page repeats what it was asked
LISTS = (
    "/", "/?kind=user", "/?kind=managed", "/?kind=automated", "/departments/", "/people/", f"/people/?q={CANARY}",
    f"/search/?q={CANARY}", f"/search/?q={CANARY}&kind=user", f"/search/suggest/?q={CANARY}",
    f"/api/v1/search/suggest/?q={CANARY}", "/api/v1/content/", "/api/v1/timeline/",
    "/api/v1/people/", "/api/v1/departments/", "/api/v2/pages/",
)  # fmt: skip
METHODS = ("get", "head", "options")
# Answers made of numbers: what is hidden must be in none of them.
COUNTED = (
    f"/api/v1/search/?q={CANARY}",
    f"/api/v1/search/suggest/?q={CANARY}",
    "/api/v1/content/",
    "/api/v1/timeline/",
    "/api/v1/people/",
)


class Leaks(Kit):
    def lists(self, house: House) -> list[str]:
        """Pages and API lists on which items stand together."""
        own = [address for address in self.own_addresses() if not re.search(r"/(\d+|x)/", address)]
        asked = [f"{address}?q={CANARY}" for address in own]
        topics = list(EntryTopic.objects.filter(entry__plugin=self.plugin).values_list("topic__slug", flat=True)[:3])
        places = [
            f"/departments/{house.department.url_path}/",
            f"/people/{house.author.username}/",
            *(f"/topics/{slug}/" for slug in topics),
            *(f"/api/v1/content/?topic={slug}" for slug in topics),
            f"/api/v1/content/?department={house.department.url_path}",
        ]
        return list(dict.fromkeys([*LISTS, *COUNTED, *places, *own, *asked, *self.places(house)]))

    def everywhere(self, house: House) -> list[str]:
        """The lists, and the pages of single items and of what they are about."""
        entries = Entry.objects.filter(plugin=self.plugin)
        shown = entries | Entry.objects.filter(attached__plugin=self.plugin)
        urls = [url for url in shown.values_list("url", flat=True) if url.startswith("/")]
        detail = [f"/api/v1/content/{pk}/" for pk in shown.values_list("pk", flat=True)]
        return list(dict.fromkeys([*self.lists(house), *self.own_addresses(), *urls, *detail]))

    def crawl(self, person: Any | None, addresses: list[str], methods: Iterable[str] = METHODS) -> Iterator[str]:
        """Those of the addresses, with the method, that show the canary to this person (None: nobody logged in)."""
        client = client_of(person)
        for address in addresses:
            for method in methods:
                if _shows(client, method, address):
                    yield f"{method.upper()} {address}"

    def is_hidden_from(self, person: Any | None, addresses: list[str], methods: Iterable[str] = METHODS) -> None:
        met = list(self.crawl(person, addresses, methods))
        assert not met, f"{person.username if person else 'nobody'} still reads it at {', '.join(met)}"

    def numbers(self, person: Any) -> dict[str, Any]:
        """Counts and facets by address."""
        client = client_of(person)
        found = {address: list(_numbers(json.loads(client.get(address).content))) for address in COUNTED}
        page = client.get(f"/search/?q={CANARY}").content.decode()
        return found | {"/search/": re.findall(r">\s*(\d[\d\s.,]*)\s*<", page)}

    def test_off_hides_every_trace_and_on_shows_it(self, folkmoot_house: House, folkmoot_search: None) -> None:
        house = folkmoot_house
        self.fill(house)
        addresses = self.everywhere(house)
        met = next(self.crawl(house.author, addresses), "")
        if self.shown:
            assert met, "the canary is nowhere while on: this test would prove nothing"
        else:
            assert not met, f"shown = False, but the text of an item is shown at {met}"
        self.switch(house.department, rules.OFF)
        for person in (house.author, house.colleague):
            self.is_hidden_from(person, addresses, ["get"])
        self.switch(house.organisation, rules.FORCED_OFF)
        for person in (house.author, house.colleague, house.outsider, None):
            self.is_hidden_from(person, addresses)

    def test_on_it_is_shown_to_those_it_is_for(self, folkmoot_house: House, folkmoot_search: None) -> None:
        house = folkmoot_house
        self.fill(house)
        addresses = self.everywhere(house)
        self.is_hidden_from(None, addresses)
        met = list(self.crawl(house.outsider, addresses))
        if self.for_department:
            assert not met, f"another department reads what is not for it at {', '.join(met)}"
        elif self.shown:
            assert met, "what is for everybody is not seen by another department: set for_department = True"

    def test_off_what_is_hidden_is_not_counted_either(self, folkmoot_house: House, folkmoot_search: None) -> None:
        house = folkmoot_house
        self.prepare(house)
        people = (house.author, house.colleague, house.outsider)
        self.switch(house.organisation, rules.FORCED_OFF)
        self.catch_up()
        empty = [self.numbers(person) for person in people]
        self.switch(house.organisation, rules.ON)
        self.make(house.author, house.department)
        self.catch_up()
        if self.shown and Entry.objects.filter(plugin=self.plugin).exists():
            assert self.numbers(house.author) != empty[0], "nothing is counted while on: this test would prove nothing"
        self.switch(house.organisation, rules.FORCED_OFF)
        assert [self.numbers(person) for person in people] == empty

    def test_it_is_described_and_has_no_ungated_door(self) -> None:
        manifest = self.installed.manifest
        assert self.installed.problem == ""
        assert str(manifest.title)
        assert str(manifest.summary)
        assert SpecifierSet(manifest.api).contains(API_VERSION)
        assert [door for door in doors() if door.plugin == self.plugin and not door.gated] == []


def _shows(client: Any, method: str, address: str) -> bool:
    """More often than the question itself is repeated."""
    times = text_of(getattr(client, method)(address)).count(CANARY)
    if not times or CANARY not in address:
        return times > 0
    return times > text_of(getattr(client, method)(address.replace(CANARY, ABSENT))).count(ABSENT)


def _numbers(answer: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Every number of an answer but how long it took and what belongs to single results."""
    if isinstance(answer, dict):
        for key, value in answer.items():
            if key not in ("results", "took_ms"):
                yield from _numbers(value, f"{name}.{key}")
    elif isinstance(answer, int | float) and not isinstance(answer, bool):
        yield name, answer
