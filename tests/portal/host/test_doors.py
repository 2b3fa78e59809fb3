"""No way into a plugin leads around the gate, and a way that did would be named."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path
from wagtail import hooks

from portal.host.doors import GATE_MIDDLEWARE, addresses, doors
from portal.host.rules import OFF, set_rule
from portal.people.models import Department, Person
from portal.urls import urlpatterns as site

METHODS = ("get", "head", "options", "post", "put", "patch", "delete")


def stray(request: HttpRequest) -> HttpResponse:
    return HttpResponse("canary")


# As if it lay in a plugin's package, though mounted by no plugin's urls.
stray.__module__ = "plugins.microblog.stray"
urlpatterns = [path("elsewhere/stray/", stray), *site]


def ungated() -> set[tuple[str, str]]:
    return {(door.kind, door.name) for door in doors() if not door.gated}


def test_every_door_of_the_running_site_is_gated() -> None:
    found = doors()
    assert {"url", "api", "navigation", "widget", "slot"} <= {door.kind for door in found}
    assert [door for door in found if not door.gated] == []


def test_without_the_middleware_a_plugins_addresses_are_named(settings: Any) -> None:
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if name != GATE_MIDDLEWARE]
    assert {"url", "api"} <= {kind for kind, _name in ungated()}


@pytest.mark.parametrize("kind", ["middleware", "context processor"])
def test_what_a_deployment_wires_in_from_a_plugin_is_named(kind: str, settings: Any) -> None:
    name = "plugins.microblog.somewhere.Thing"
    if kind == "middleware":
        settings.MIDDLEWARE = [*settings.MIDDLEWARE, name]
    else:
        settings.TEMPLATES = [{**settings.TEMPLATES[0], "OPTIONS": {"context_processors": [name]}}]
    assert (kind, name) in ungated()


def test_a_hook_of_a_plugin_that_nothing_gates_is_named() -> None:
    with hooks.register_temporarily("insert_global_admin_js", stray):
        assert ("hook", "insert_global_admin_js") in ungated()


@pytest.mark.urls(__name__)
def test_a_plugins_view_mounted_elsewhere_is_gated_too(as_bob: Client, emergency: Department) -> None:
    assert as_bob.get("/elsewhere/stray/").content == b"canary"
    set_rule("microblog", emergency, OFF, acting_person=None)
    response = as_bob.get("/elsewhere/stray/")
    assert response.status_code == 403
    assert b"canary" not in response.content


def example(route: str) -> str:
    """An address that the route's pattern accepts."""
    filled = re.sub(r"<(?:int:)?(pk|id|year|week|number)>|<int:\w+>", "1", route)
    return re.sub(r"<\w+:\w+>|<\w+>", "x", filled).replace("\\Z", "")


def test_while_off_no_method_header_version_or_slash_opens_any_address(
    as_bob: Client, bob: Person, emergency: Department
) -> None:
    found = list(addresses())
    assert len(found) > 10
    for slug in {slug for _route, slug in found}:
        set_rule(slug, emergency, OFF, acting_person=None)
    for route, _slug in found:
        for address in {example(route), example(route).rstrip("/"), example(route).replace("/v1/", "/v2/")}:
            for method in METHODS:
                response = getattr(as_bob, method)(
                    address,
                    headers={
                        "x-http-method-override": "GET",
                        "origin": "https://elsewhere.example",
                        "access-control-request-method": "GET",
                    },
                )
                assert response.status_code in (301, 403, 404, 405), (method, address, response.status_code)
