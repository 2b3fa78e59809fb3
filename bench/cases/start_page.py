"""The start page inside a worker, to count its SQL."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.test import Client

from bench.cases.timeline import person
from portal.audience import stamps
from portal.host.registry import registry

HOST = "localhost"


class NotAPage(Exception):
    """The start page did not answer 200."""


def _client(reader: str) -> Client:
    client = Client(headers={"host": HOST})
    client.force_login(person(reader))
    return client


def get(reader: str, path: str = "/") -> Callable[[], bytes]:
    client = _client(reader)

    def operation() -> bytes:
        response = client.get(path)
        if response.status_code != 200:
            raise NotAPage(f"{path} answered {response.status_code}")
        return bytes(response.content)

    return operation


def session(reader: str) -> Callable[[], str]:
    """The value of the cookie of a reader who is logged in."""
    client = _client(reader)
    return lambda: client.cookies[settings.SESSION_COOKIE_NAME].value


def warm_stamps() -> Callable[[], int]:
    """Reads the stamps now if they are due, so that the next half second needs no query for them."""
    return lambda: stamps.current("rules")


def widgets() -> Callable[[], list[str]]:
    """The names, as plugin/widget, of everything the start page asks for boxes."""
    return lambda: [f"{p.slug}/{w.slug}" for p in registry.active() for w in p.contributions.widgets]


def widget(name: str, reader: str) -> Callable[[], str]:
    """One widget alone."""
    from django.test import RequestFactory

    plugin, slug = name.split("/")
    installed = registry.get(plugin)
    assert installed is not None
    found = next(w for w in installed.contributions.widgets if w.slug == slug)
    who = person(reader)

    def operation() -> str:
        request = RequestFactory().get("/", headers={"host": HOST})
        request.user = who
        return found.render(request)

    return operation


CASES: dict[str, Callable[..., Callable[[], Any]]] = {
    "get": get,
    "session": session,
    "warm_stamps": warm_stamps,
    "widgets": widgets,
    "widget": widget,
}
