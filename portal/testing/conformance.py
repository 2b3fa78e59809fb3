"""What every plugin has to keep, as tests that any package inherits.

class TestLunch(Conformance):
    plugin = "lunch"

    def make(self, author, department):
        publish_menu(f"Soup {CANARY}", acting_person=author, department=department)

`make` makes one item through the plugin's own actions, its text holding CANARY where it has any. `attempts` writes
through the site while the plugin is off; `shown` is False for a plugin whose pages never quote the text.
"""

from __future__ import annotations

import re
from io import StringIO
from typing import Any, ClassVar

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from packaging.specifiers import SpecifierSet

from portal.catalogue.models import Entry
from portal.host import gate, rules
from portal.host.doors import addresses, doors
from portal.host.models import Rule
from portal.host.plugin import API_VERSION
from portal.host.registry import Installed, module_of, registry
from portal.testing.plugin import House
from portal.timeline.models import Activity

CANARY = "quagmirecanary"
ABSENT = "quagmireabsent"  # nobody wrote it: how often a search page repeats the question
STANDARD = (
    "/", "/?kind=user", "/?kind=managed", "/departments/", "/people/", f"/search/?q={CANARY}",
    f"/api/v1/search/?q={CANARY}", "/api/v1/content/", "/api/v1/timeline/", "/api/v2/pages/",
)  # fmt: skip


def client_of(person: Any | None) -> Client:
    client = Client(raise_request_exception=False)
    if person is not None:
        client.force_login(person)
    return client


def example(route: str) -> str:
    """An address that the route's pattern accepts."""
    filled = re.sub(r"<int:\w+>|<pk>|<id>", "1", route)
    return re.sub(r"<\w+:\w+>|<\w+>", "x", filled)


def mentions(response: Any, word: str = CANARY) -> int:
    body = b"".join(response) if response.streaming else response.content
    return body.decode(errors="replace").count(word)


def rows(model: Any, **where: Any) -> list[dict[str, Any]]:
    return list(model._base_manager.filter(**where).order_by("pk").values())


@pytest.mark.django_db
class Conformance:
    """Inherited by the tests of a plugin. Runs in the transaction of the test; leaves nothing behind."""

    plugin: ClassVar[str]
    shown: ClassVar[bool] = True

    def make(self, author: Any, department: Any) -> object:
        raise NotImplementedError("make one item that holds CANARY")

    def attempts(self, client: Client) -> None:
        """Writes tried while the plugin is off; by default a POST to every address of the plugin."""
        for route, slug in addresses():
            if slug == self.plugin:
                client.post(example(route), {"text": "written while off", "title": "x"})

    @property
    def installed(self) -> Installed:
        found = registry.get(self.plugin)
        assert found is not None, f"{self.plugin!r} is not installed"
        return found

    def switch(self, house: House, state: str) -> None:
        rules.set_rule(self.plugin, house.organisation, Rule.State(state), acting_person=None)

    def crawl(self, house: House, person: Any | None) -> list[str]:
        """The addresses on which this person (None: nobody logged in) meets the canary."""
        client = client_of(person)
        own = [example(route) for route, slug in addresses() if slug == self.plugin]
        links = list(Entry.objects.filter(plugin=self.plugin).values_list("url", flat=True))
        pages = [f"/departments/{house.department.url_path}/", f"/people/{house.author.username}/"]
        detail = [f"/api/v1/content/{pk}/" for pk in Entry.objects.values_list("pk", flat=True)]
        found = []
        for address in [*STANDARD, *own, *links, *pages, *detail]:
            for method in (client.get, client.options):
                if CANARY in address:
                    met = mentions(method(address)) > mentions(method(address.replace(CANARY, ABSENT)), ABSENT)
                else:
                    met = mentions(method(address)) > 0
                if met:
                    found.append(address)
        return found

    def test_off_hides_every_trace_and_on_shows_it(self, folkmoot_house: House) -> None:
        house = folkmoot_house
        self.make(house.author, house.department)
        if self.shown:
            assert self.crawl(house, house.author), "the canary is nowhere while on: this test would prove nothing"
        self.switch(house, rules.FORCED_OFF)
        for person in (house.author, house.colleague, house.outsider, None):
            assert self.crawl(house, person) == []

    def dump(self) -> dict[str, Any]:
        models = apps.get_app_config(self.installed.config.label).get_models(include_auto_created=True)
        found = {model._meta.label: rows(model) for model in models}
        found["entries"] = rows(Entry, plugin=self.plugin)
        found["activities"] = rows(Activity, entry__plugin=self.plugin)
        return found

    def test_off_and_on_again_leaves_every_row_as_it_was(self, folkmoot_house: House) -> None:
        house = folkmoot_house
        self.make(house.author, house.department)
        before = self.dump()
        assert any(before.values()), "make() made nothing"
        self.switch(house, rules.FORCED_OFF)
        self.attempts(client_of(house.author))
        self.switch(house, rules.ON)
        assert self.dump() == before

    def test_a_warm_gate_asks_no_database(self, folkmoot_house: House) -> None:
        person = folkmoot_house.author
        gate.is_on_for(self.plugin, person)
        with CaptureQueriesContext(connection) as queries:
            assert gate.is_on_for(self.plugin, person)
        assert len(queries) == 0

    def test_a_failing_contribution_costs_its_place_only(
        self, folkmoot_house: House, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(*args: Any, **kwargs: Any) -> Any:
            raise RuntimeError("on purpose")

        given = self.installed.contributions
        monkeypatch.setattr(given, "slots", dict.fromkeys(given.slots, fail))
        for widget in given.widgets:
            monkeypatch.setitem(widget.__dict__, "render", fail)
        self.make(folkmoot_house.author, folkmoot_house.department)
        assert client_of(folkmoot_house.author).get("/").status_code == 200

    def test_privacy_answers_while_off_and_erases_while_off(self, folkmoot_house: House) -> None:
        house = folkmoot_house
        privacy = module_of(self.installed, "privacy")
        assert privacy is not None, "a plugin tells what it holds about people in privacy.py"
        self.make(house.author, house.department)
        self.switch(house, rules.FORCED_OFF)
        assert isinstance(privacy.export(house.author), dict)
        privacy.erase(house.author, acting_person=None)
        for model in apps.get_app_config(self.installed.config.label).get_models():
            for field in model._meta.concrete_fields:
                if field.related_model is type(house.author):
                    left = model._base_manager.filter(**{field.name: house.author}).count()
                    assert left == 0, f"{model._meta.label}.{field.name} still names the erased person"

    def test_its_migrations_match_its_models(self) -> None:
        label = self.installed.config.label
        call_command("makemigrations", label, check=True, dry_run=True, stdout=StringIO())

    def test_it_is_described_and_has_no_ungated_door(self) -> None:
        manifest = self.installed.manifest
        assert self.installed.problem == ""
        assert str(manifest.title)
        assert str(manifest.summary)
        assert SpecifierSet(manifest.api).contains(API_VERSION)
        assert [door for door in doors() if door.plugin == self.plugin and not door.gated] == []
