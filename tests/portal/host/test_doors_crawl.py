"""A43: while a plugin is off, no address of the whole site shows what it holds, however the address is written.

The items are those that the plugins' own conformance tests make.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from importlib import import_module
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, path

from portal.catalogue.models import Entry
from portal.host.registry import registry
from portal.host.rules import FORCED_OFF, INHERIT, set_rule
from portal.testing.conformance.kit import CANARY, Kit, client_of, text_of
from portal.testing.plugin import House
from portal.urls import urlpatterns as site


def everything(request: HttpRequest) -> HttpResponse:
    """A reader of the catalogue that does not ask who may see."""
    rows = Entry._base_manager.values_list("title", "body")
    return HttpResponse(" ".join(f"{title} {body}" for title, body in rows))


urlpatterns = [path("everything/", everything), *site]

PLUGINS = ("microblog", "comments", "kpis", "rosters", "tasks")  # those whose own items have a text of somebody's


def kit_of(slug: str) -> Kit:
    module = import_module(f"plugins.{slug}.tests.test_conformance")
    (kind,) = (one for name, one in vars(module).items() if name.startswith("Test"))
    found: Kit = kind()
    return found


def routes(patterns: Iterable[URLPattern | URLResolver] | None = None, prefix: str = "/") -> Iterator[str]:
    """Every address of the site that is written without a regular expression."""
    for each in get_resolver().url_patterns if patterns is None else patterns:
        text = prefix + str(each.pattern)
        if isinstance(each, URLResolver):
            yield from routes(each.url_patterns, text)
        elif not re.search(r"[\\^$?(]", text):
            yield text


def filled(route: str, keys: list[str]) -> list[str]:
    if "<" not in route:
        return [route]
    return [re.sub(r"<[^>]+>", key, route) for key in keys]


def spellings(address: str) -> Iterator[tuple[str, str, dict[str, str]]]:
    """(method, address, headers): the ways around a gate that others had."""
    for method in ("get", "head", "options"):
        yield method, address, {}
    versions = {address.replace("/v1/", "/v2/"), address.rstrip("/"), f"{address}/", address.replace("/app/", "//app/")}
    formats = {f"{address}?format=json", f"{address.rstrip('/')}.json", f"{address}?format=api", f"/de{address}"}
    cases = {address.upper(), address.replace("/app/", "/%61pp/"), address.replace("/", "/%2e/", 1)}
    for each in (versions | formats | cases) - {address}:
        yield "get", each, {}
    yield "post", address, {"x-http-method-override": "GET"}
    yield "get", address, {"accept": "application/json"}
    yield "get", address, {"x-original-url": "/", "x-rewrite-url": address, "x-forwarded-prefix": "/app"}


def shown(client: Client, addresses: Iterable[str], ways: Any) -> Iterator[tuple[str, str]]:
    for each in addresses:
        for method, address, headers in ways(each):
            if CANARY in text_of(getattr(client, method)(address, headers=headers)):
                yield method, address


def plainly(address: str) -> Iterator[tuple[str, str, dict[str, str]]]:
    yield "get", address, {}


@pytest.fixture
def house(folkmoot_house: House, folkmoot_search: None) -> House:
    """Each plugin holds an item with the canary in it."""
    for slug in PLUGINS:
        kit_of(slug).fill(folkmoot_house)
    return folkmoot_house


def off(house: House, state: str = FORCED_OFF) -> None:
    for slug in registry.all():
        set_rule(slug, house.organisation, state, acting_person=None)


def addresses(house: House, of: Iterable[str], *, entries: int = 6) -> list[str]:
    keys = ["1", *map(str, Entry._base_manager.values_list("pk", flat=True)[:entries]), house.author.username]
    urls = list(Entry._base_manager.values_list("url", flat=True))
    return list(dict.fromkeys([*(each for route in of for each in filled(route, keys)), *urls]))


def test_no_address_of_the_site_shows_what_is_off(house: House) -> None:
    everywhere = [each for each in addresses(house, routes()) if "logout" not in each]
    assert len(everywhere) > 100
    assert any(shown(client_of(house.author), everywhere, plainly)), (
        "nothing is shown while on: this would prove nothing"
    )
    off(house)
    assert list(shown(client_of(house.author), everywhere, plainly)) == []
    # None of them has a right in the admin: a page of it that does not ask has shown it above.
    elsewhere = [each for each in everywhere if not each.startswith("/admin/")]
    for person in (house.outsider, None):
        assert list(shown(client_of(person), elsewhere, plainly)) == []


@pytest.mark.urls(__name__)
def test_a_reader_that_does_not_ask_is_found(house: House) -> None:
    off(house)
    assert list(shown(client_of(house.author), ["/", "/everything/"], plainly)) == [("get", "/everything/")]


def test_no_spelling_of_an_address_leads_around_the_gate(house: House) -> None:
    every = addresses(house, routes(), entries=1)
    own = [each for each in every if each.startswith(("/app/", "/api/v1/")) and "/schema" not in each]
    off(house)
    for person in (house.author, house.outsider, None):
        assert list(shown(client_of(person), own, spellings)) == []
    off(house, INHERIT)
    assert any(shown(client_of(house.author), own, plainly))
