"""What the author of a plugin tells the kit, and what all of its tests share."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import urlencode

import pytest
from django.test import Client

from portal.catalogue.models import Entry
from portal.host import rules
from portal.host.doors import addresses
from portal.host.models import Rule
from portal.host.registry import Installed, registry
from portal.jobs.sweep import sweeps
from portal.testing.conformance.rows import keys_around
from portal.testing.plugin import House

if TYPE_CHECKING:
    from portal.ingestion.models import Source

CANARY = "quagmirecanary"
ROUNDS = 200
TASKS = "jobs.tasks"  # closes the database connection when it is done, and with it the transaction of a test


def client_of(person: Any | None) -> Client:
    client = Client(raise_request_exception=False)
    if person is not None:
        client.force_login(person)
    return client


def text_of(response: Any) -> str:
    """Body and headers, in lower case."""
    body = b"".join(response) if response.streaming else response.content
    headers = " ".join(f"{name}: {value}" for name, value in response.headers.items())
    return f"{headers} {body.decode(errors='replace')}".lower()


class Kit:
    """The hooks of a plugin's author come first; only `plugin` and `make` have to be given."""

    plugin: ClassVar[str]
    #: False for a plugin whose pages never quote the text of an item.
    shown: ClassVar[bool] = True
    #: False if what `make` makes is for everybody, not for the people of the department only.
    for_department: ClassVar[bool] = True

    def prepare(self, house: House) -> None:
        """What items need and is not the plugin's own (something to comment on). Called once, before `make`."""

    def make(self, author: Any, department: Any) -> object:
        """Makes one item of the author's through the plugin's own actions or adapters. May be called many times."""
        raise NotImplementedError("override make(): it makes one item whose text holds CANARY")

    def make_many(self, house: House, count: int) -> None:
        """So many more items on the same lists; for a plugin that keeps one item of each author."""
        for _number in range(count):
            self.make(house.author, house.department)

    def places(self, house: House) -> list[str]:
        """Addresses that only the plugin knows of: lists that want a parameter, pages that draw its slots."""
        return []

    def deliver(self, house: House) -> tuple[Source, bytes] | None:
        """A source at home in the house's department and a payload for it that nobody has applied yet."""
        if self.installed.contributions.adapters:
            raise NotImplementedError(
                f"{self.plugin!r} has adapters: override deliver(), return a source and a payload"
            )
        return None

    def attempts(self, client: Client) -> None:
        """Writes tried while the plugin is off; by default by every method at every address of the plugin."""
        sent = {"text": "written while off", "title": "written while off", "name": "written while off"}
        for address in self.own_addresses():
            client.post(address, sent)
            for method in (client.post, client.put, client.patch, client.delete):
                method(address, sent, content_type="application/json")

    # What the tests share

    @pytest.fixture
    def folkmoot_house(self, folkmoot_house: House) -> House:
        """With the plugin, and what it requires, on where nobody ruled."""
        for slug in (*self.installed.manifest.requires, self.plugin):
            plugin = registry.get(slug)
            if plugin is not None and not plugin.manifest.default_on:
                rules.set_rule(slug, folkmoot_house.organisation, rules.ON, acting_person=None)
        return folkmoot_house

    @property
    def installed(self) -> Installed:
        found = registry.get(self.plugin)
        assert found is not None, f"{self.plugin!r} is not installed"
        return found

    def questions(self) -> list[str]:
        """Searches of which each asks one of the plugin's quick answers, where there is anything to answer."""
        found = []
        for answers in self.installed.contributions.quick_answers:
            word = answers.words[0] if answers.words else ""
            titles = Entry.objects.filter(type__in=answers.types).values_list("title", flat=True).order_by("-pk")[:3]
            texts = [f"{title} {word}".strip() for title in titles] if answers.types else [word]
            found += [f"/search/?{urlencode({'q': text})}" for text in texts]
        return found

    def fill(self, house: House) -> None:
        """One item, and the worker has done its part."""
        self.prepare(house)
        self.make(house.author, house.department)
        self.catch_up()

    def catch_up(self) -> None:
        """What the worker does until nothing is left: search indexes, timeline, deliveries, jobs. Errors are raised."""
        for _round in range(ROUNDS):
            if not sum(sweep.function() for sweep in sweeps() if sweep.name != TASKS):
                return
        raise AssertionError(f"the worker still finds something to do after {ROUNDS} rounds")

    def switch(self, department: Any, state: str) -> None:
        rules.set_rule(self.plugin, department, Rule.State(state), acting_person=None)

    def own_addresses(self) -> list[str]:
        """Every address of the plugin, with the keys of its rows and entries for the parameters."""
        routes = [route for route, slug in addresses() if slug == self.plugin]
        return list(dict.fromkeys(address for route in routes for address in self._filled(route)))

    def _filled(self, route: str) -> list[str]:
        numbers = ["1", *keys_around(self.plugin)] if re.search(r"<int:|<pk>|<id>", route) else ["1"]
        with_numbers = [re.sub(r"<int:\w+>|<pk>|<id>", number, route) for number in numbers]
        return [re.sub(r"<\w+:\w+>|<\w+>", "x", address) for address in with_numbers]
