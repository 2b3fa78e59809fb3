"""The shared suite runs once on each engine; Elasticsearch is the real server, with an index of its own per test."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.contrib.auth.models import Group

from portal.catalogue import signals
from portal.catalogue.actions import put
from portal.catalogue.card import Card
from portal.catalogue.models import Entry, Topic
from portal.people.cards import person_card
from portal.people.models import Person
from search import engines, queue, sweeps
from search.query import SearchRequest, SearchResult
from search.service import search
from search.suggest import suggest
from tests import factories

HAS_ELASTICSEARCH = bool(django_settings.ELASTICSEARCH_URL)
needs_elasticsearch = pytest.mark.skipif(not HAS_ELASTICSEARCH, reason="other stack: no Elasticsearch here")
_numbers = itertools.count(1)


@pytest.fixture
def database_only(settings: Any) -> None:
    settings.ELASTICSEARCH_URL = ""


@pytest.fixture
def elasticsearch(settings: Any) -> Iterator[Any]:
    """The engine on the real server, with a prefix that nobody else has."""
    settings.SEARCH_INDEX_PREFIX = f"folkmoot-test-{uuid.uuid4().hex[:12]}"
    found = engines.elasticsearch_engine()
    assert found is not None
    found.breaker.close()
    found.forget()
    yield found
    found.breaker.close()
    found.drop()


@pytest.fixture(params=["database", pytest.param("elasticsearch", marks=needs_elasticsearch)])
def engine(request: Any) -> str:
    """Each test that asks for it runs on each engine."""
    request.getfixturevalue("database_only" if request.param == "database" else "elasticsearch")
    return request.param


@pytest.fixture
def catch_up() -> Callable[[], None]:
    """What the worker does until nothing waits."""

    def run() -> None:
        while sweeps.database() + sweeps.elasticsearch():
            pass

    return run


@pytest.fixture
def paused_indexer() -> Iterator[None]:
    """No index takes anything over by itself: what is written waits until the test lets the worker catch up."""
    signals.entries_queued.disconnect(dispatch_uid="search.entries_queued")
    yield
    signals.entries_queued.connect(queue.index_after_commit, dispatch_uid="search.entries_queued")


@pytest.fixture
def publish(engine: str, organisation: Any, catch_up: Callable[[], None]) -> Callable[..., Entry]:
    """Puts an entry into the catalogue; any model may have one, topics stand in for a plugin's rows here."""

    def make(title: str, *, indexed: bool = True, obj: Any = None, **fields: Any) -> Entry:
        number = next(_numbers)
        obj = obj or Topic.objects.create(name=f"thing {number}", slug=f"thing-{number}")
        fields = {"kind": "user", "type": "post", "url": f"/things/{number}/"} | fields
        entry = put(Card(obj=obj, title=title, **fields))
        if indexed:
            catch_up()
        return entry

    return make


@pytest.fixture
def find(engine: str) -> Callable[..., SearchResult]:
    """Searches, and makes sure that it was the engine under test that answered."""

    def run(person: Person, q: str, **filters: Any) -> SearchResult:
        result = search(SearchRequest(person=person, q=q, **filters))
        assert result.engine == engine, result.reason
        assert not result.limited
        return result

    return run


@pytest.fixture
def typed(engine: str) -> Callable[..., dict[str, list[str]]]:
    """What is suggested, by group; and makes sure that it was the engine under test that answered."""

    def run(person: Person, text: str) -> dict[str, list[str]]:
        found = suggest(person, text)
        assert (found.engine or engine, found.limited) == (engine, False)
        return {group.name: [item.text for item in group.items] for group in found.groups}

    return run


@pytest.fixture
def employ(publish: Callable[..., Entry], emergency: Any) -> Callable[..., Person]:
    """Somebody in the directory, as the directory's card tells it."""

    def make(first: str, last: str, **fields: Any) -> Person:
        person = factories.person(departments=[emergency], first_name=first, last_name=last, **fields)
        card = person_card(person)
        kept: dict[str, Any] = {
            "kind": card.kind,
            "type": card.type,
            "url": card.url,
            "summary": card.summary,
            "body": card.body,
        }
        publish(card.title, obj=person, author=person, department=card.department, **kept)
        return person

    return make


def titles(result: SearchResult) -> list[str]:
    return [hit.entry.title for hit in result.hits]


@pytest.fixture
def search_manager(emergency: Any) -> Person:
    """In the group that every installation begins with."""
    person = factories.person("maria", departments=[emergency], last_name="Maas")
    person.groups.add(Group.objects.get(name="Search managers"))
    return person
