"""Elasticsearch away, silent, slow, full or refusing: a real server that these tests start, and disturb, themselves."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from portal.catalogue.actions import put
from portal.catalogue.card import Card
from portal.catalogue.models import Entry, Outbox, Topic
from portal.people.models import Person
from search import engines, sweeps
from search.query import SearchRequest, SearchResult
from search.service import search
from tests.search.conftest import HAS_ELASTICSEARCH
from tests.search.faults.server import OwnElasticsearch

OURS = "elasticsearch"


def thing(name: str) -> Topic:
    """Any model may have an entry; topics stand in for a plugin's rows here."""
    return Topic.objects.create(name=name, slug=name)


def write(obj: Topic, title: str, **fields: Any) -> Entry:
    return put(Card(**{"kind": "user", "type": "post", "obj": obj, "title": title, "url": "/x/"} | fields))


def ask(person: Person, q: str, **filters: Any) -> SearchResult:
    return search(SearchRequest(person=person, q=q, **filters))


def waiting() -> int:
    return Outbox.objects.filter(engine=OURS).count()


@pytest.fixture(scope="session")
def _server() -> Iterator[OwnElasticsearch]:
    server = OwnElasticsearch()
    server.begin()
    yield server
    server.end()


@pytest.fixture
def server(request: pytest.FixtureRequest) -> Iterator[OwnElasticsearch]:
    """It is well before and after each test."""
    if not HAS_ELASTICSEARCH:
        pytest.skip("other stack: no Elasticsearch here")
    found = request.getfixturevalue("_server")
    found.heal()
    yield found
    found.heal()


@pytest.fixture
def elasticsearch(server: OwnElasticsearch, settings: Any) -> Iterator[Any]:
    """The engine on that server, with indexes of its own."""
    settings.ELASTICSEARCH_URL = server.url
    settings.SEARCH_INDEX_PREFIX = f"faults-{uuid.uuid4().hex[:12]}"
    found = engines.elasticsearch_engine()
    assert found is not None
    found.breaker.close()
    found.forget()
    yield found
    server.heal()
    found.breaker.close()
    found.drop()


@pytest.fixture
def catch_up() -> Callable[[], None]:
    """What the worker does, until nothing waits any more; pauses after failures are its own."""

    def run() -> None:
        end = time.monotonic() + 60
        while sweeps.database() + sweeps.elasticsearch() or waiting():
            assert time.monotonic() < end, "the index does not catch up"
            time.sleep(0.05)

    return run


@pytest.fixture
def answered(alice: Person) -> Callable[..., SearchResult]:
    """Asks, after each pause of the breaker again, until the engine itself answers in full."""

    def run(q: str, person: Person = alice) -> SearchResult:
        end = time.monotonic() + 60
        while (result := ask(person, q)).engine != OURS or result.limited:
            assert time.monotonic() < end, result.reason
            time.sleep(0.1)
        return result

    return run
