"""Elasticsearch away, silent, empty or refusing: search answers, and nothing is lost."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.utils import timezone

from portal.catalogue.actions import hide, put, remove
from portal.catalogue.card import Card
from portal.catalogue.models import Entry, Outbox, Topic
from search import engines, queue, sweeps
from search.engines.base import EngineDown
from search.engines.elastic import indexes, mapping
from search.engines.elastic.breaker import Breaker
from search.query import SearchRequest
from search.service import search
from tests.search.conftest import needs_elasticsearch, titles


def thing(name):
    return Topic.objects.create(name=name, slug=name)


def card(obj, title, **fields):
    return Card(**{"kind": "user", "type": "post", "obj": obj, "title": title, "url": "/x/"} | fields)


def ask(person, q, **filters):
    return search(SearchRequest(person=person, q=q, **filters))


@pytest.fixture
def refused(settings) -> str:
    """A server that is down: nothing listens on its port."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    settings.ELASTICSEARCH_URL = f"http://127.0.0.1:{port}"
    return settings.ELASTICSEARCH_URL


@pytest.fixture
def silent(settings) -> Iterator[list[socket.socket]]:
    """A server that accepts connections and never answers."""
    listener = socket.create_server(("127.0.0.1", 0))
    accepted: list[socket.socket] = []

    def accept() -> None:
        while True:
            try:
                accepted.append(listener.accept()[0])
            except OSError:
                return

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    settings.ELASTICSEARCH_URL = f"http://127.0.0.1:{listener.getsockname()[1]}"
    yield accepted
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join()
    for connection in accepted:
        connection.close()


def test_f1_writing_goes_on_and_waits_in_the_outbox(refused, organisation, alice):
    put(card(thing("a"), "Written before"))  # warm
    began = time.monotonic()
    put(card(thing("b"), "Written meanwhile"))
    assert time.monotonic() - began < 0.5
    assert sweeps.elasticsearch() == 0
    assert Outbox.objects.filter(engine="elasticsearch", attempts=0, error="").count() == 2


def test_f2_the_database_answers_and_says_that_it_does(refused, organisation, alice):
    put(card(thing("a"), "Found all the same"))
    sweeps.database()
    result = ask(alice, "found")
    assert titles(result) == ["Found all the same"]
    assert (result.engine, result.limited, result.count) == ("database", True, 1)
    assert "does not answer" in result.reason


def test_f2_page_and_api_say_that_results_are_limited(refused, organisation, as_alice):
    put(card(thing("a"), "Found all the same"))
    sweeps.database()
    html = as_alice.get("/search/", {"q": "found"}).content.decode()
    assert "<mark>Found</mark> all the same" in html
    assert "The search service does not answer" in html
    body = as_alice.get("/api/v1/search/", {"q": "found"}).json()
    assert (body["count"], body["limited"], body["engine"]) == (1, True, "database")


def test_f3_a_silent_server_costs_less_than_a_second_and_then_nothing(silent, organisation, alice):
    put(card(thing("a"), "Found all the same"))
    sweeps.database()
    began = time.monotonic()
    assert ask(alice, "found").limited
    assert time.monotonic() - began < 1.0
    assert len(silent) == 1
    began = time.monotonic()
    for _again in range(5):
        assert titles(ask(alice, "found")) == ["Found all the same"]
    assert time.monotonic() - began < 0.5
    assert len(silent) == 1


def test_after_a_pause_one_request_tries_again(monkeypatch):
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    breaker = Breaker()
    assert breaker.allows()
    breaker.fail()
    assert not breaker.allows()
    now[0] += 4
    assert breaker.allows()
    assert not breaker.allows()
    breaker.fail()
    now[0] += 4
    assert not breaker.allows()  # the pause is longer now
    now[0] += 4
    assert breaker.allows()
    breaker.close()
    assert breaker.allows()
    assert breaker.allows()


@needs_elasticsearch
def test_a_server_that_comes_back_is_asked_again(elasticsearch, publish_nothing, alice, catch_up, settings):
    put(card(thing("a"), "Found again"))
    catch_up()
    elasticsearch.breaker.fail()
    assert ask(alice, "found").engine == "database"
    elasticsearch.breaker._open_until = 0.0  # the pause is over
    assert ask(alice, "found").engine == "elasticsearch"
    assert ask(alice, "found").engine == "elasticsearch"


@pytest.fixture
def publish_nothing(organisation):
    """An organisation without content."""
    return organisation


@needs_elasticsearch
def test_the_worker_makes_and_fills_a_missing_index_and_search_goes_on(elasticsearch, organisation, alice, settings):
    url, settings.ELASTICSEARCH_URL = settings.ELASTICSEARCH_URL, ""
    for number in range(30):
        put(card(thing(f"t{number}"), f"Old thing {number}"))
    while sweeps.database():
        pass
    settings.ELASTICSEARCH_URL = url
    assert not Outbox.objects.exists()
    assert sweeps.elasticsearch() > 0
    result = ask(alice, "old")
    assert (result.count, result.engine, result.limited) == (30, "database", True)
    assert "being built" in result.reason
    while sweeps.elasticsearch():
        pass
    result = ask(alice, "old")
    assert (result.count, result.engine, result.limited) == (30, "elasticsearch", False)


@needs_elasticsearch
def test_an_index_that_was_lost_is_made_again(elasticsearch, organisation, alice, catch_up):
    put(card(thing("a"), "Found again"))
    catch_up()
    elasticsearch.drop()
    assert ask(alice, "found").engine == "database"
    catch_up()
    assert ask(alice, "found").engine == "elasticsearch"


@needs_elasticsearch
def test_what_the_index_missed_is_found_out_when_a_worker_starts(elasticsearch, organisation, alice, catch_up):
    put(card(thing("a"), "First thing"))
    catch_up()
    put(card(thing("b"), "Second thing"))
    Outbox.objects.filter(engine="elasticsearch").delete()
    elasticsearch.forget()  # as in a new process
    catch_up()
    assert ask(alice, "thing").count == 2


@needs_elasticsearch
def test_too_much_that_was_narrowed_is_left_to_the_database(elasticsearch, organisation, alice, catch_up):
    put(card(thing("a"), "Found all the same"))
    catch_up()
    now = timezone.now()
    Outbox.objects.bulk_create(
        Outbox(entry_id=10**9 + n, engine="elasticsearch", version=1, narrowed=True, created_at=now)
        for n in range(1001)
    )
    result = ask(alice, "found")
    assert (result.engine, result.limited, result.count) == ("database", True, 1)
    assert "brought up to date" in result.reason


@needs_elasticsearch
def test_f5_of_a_bulk_partly_refused_only_those_are_tried_again(elasticsearch, organisation, alice, catch_up, caplog):
    put(card(thing("a"), "Taken before"))
    catch_up()
    # Lucene refuses a term of more than 32,766 bytes; slugs are shorter, so the cap is lifted for a while.
    refused = put(card(thing("b"), "Refused thing", department=None))
    Entry.objects.filter(pk=refused.pk).update(topic_names=["t" * 40_000])
    put(card(thing("c"), "Taken thing"))
    long_topics = pytest.MonkeyPatch()
    long_topics.setattr(mapping, "topic_slug", str)
    try:
        assert sweeps.elasticsearch() == 2
        row = Outbox.objects.get(engine="elasticsearch")
        assert (row.entry_id, row.attempts) == (refused.pk, 1)
        assert "document_parsing_exception" in row.error
        assert row.retry_at > timezone.now()
        assert titles(ask(alice, "taken thing")) == ["Taken thing"]
        assert sweeps.elasticsearch() == 0  # not before its time
        Outbox.objects.update(retry_at=timezone.now() - timedelta(seconds=1))
        assert sweeps.elasticsearch() == 1
        assert Outbox.objects.get(engine="elasticsearch").attempts == 2
    finally:
        long_topics.undo()
    Outbox.objects.update(retry_at=timezone.now() - timedelta(seconds=1))
    catch_up()
    assert not Outbox.objects.exists()


@needs_elasticsearch
def test_a_server_that_takes_nothing_delays_without_blame(elasticsearch, organisation, alice, catch_up):
    put(card(thing("a"), "Taken before"))
    catch_up()
    index = elasticsearch._writer.indices
    name = indexes.state(elasticsearch._writer).serving
    index.put_settings(index=name, settings={"index.blocks.read_only_allow_delete": True})  # as at the flood stage
    put(card(thing("b"), "Waiting thing"))
    assert sweeps.elasticsearch() == 0
    assert Outbox.objects.get(engine="elasticsearch").attempts == 0
    index.put_settings(index=name, settings={"index.blocks.read_only_allow_delete": None})
    catch_up()
    assert ask(alice, "waiting").count == 1


@needs_elasticsearch
def test_f4_a_rebuild_loses_no_write_and_raises_nothing_from_the_dead(
    elasticsearch, organisation, alice, catch_up, monkeypatch
):
    from search.engines import elastic

    things = [thing(f"t{number}") for number in range(6)]
    for number, obj in enumerate(things):
        put(card(obj, f"Item {number}"))
    catch_up()
    batches = elastic._batches

    def while_others_write(size):
        for batch in batches(2):
            if batch[0].title == "Item 2":
                # Item 0 is in the new index already, item 2 was read, items 4 and 5 were not.
                for obj in (things[0], things[2], things[4]):
                    remove(obj)
                put(card(things[1], "Changed 1"))
                put(card(things[3], "Changed 3"))
                put(card(thing("new"), "Item new"))
                while sweeps.elasticsearch():
                    pass
                assert ask(alice, "item").engine == "elasticsearch"
            yield batch

    monkeypatch.setattr(elastic, "_batches", while_others_write)
    assert elasticsearch.rebuild() == 4
    assert sorted(titles(ask(alice, "item"))) == ["Item 5", "Item new"]
    assert sorted(titles(ask(alice, "changed"))) == ["Changed 1", "Changed 3"]
    assert elasticsearch.verify() == 0


@needs_elasticsearch
def test_an_older_version_never_replaces_a_newer_one(elasticsearch, organisation, alice, catch_up):
    obj = thing("a")
    old = put(card(obj, "Former words"))
    put(card(obj, "Present words"))
    catch_up()
    elasticsearch.index([old])
    assert titles(ask(alice, "present")) == ["Present words"]
    assert ask(alice, "former").count == 0
    hide(obj)
    catch_up()
    elasticsearch.index([old])
    assert ask(alice, "former").count == 0


@needs_elasticsearch
def test_similar_words_are_tried_when_nothing_is_found_as_written(elasticsearch, organisation, alice, catch_up):
    put(card(thing("a"), "Defibrillator in the Emergency ward"))
    put(card(thing("b"), "Room 4711"))
    catch_up()
    assert titles(ask(alice, "defibrilator emergncy")) == ["Defibrillator in the Emergency ward"]
    assert ask(alice, "4712").count == 0


@needs_elasticsearch
def test_an_entry_that_changes_while_it_is_indexed_is_indexed_again(elasticsearch, organisation, alice, catch_up):
    put(card(thing("a"), "Some words"))
    catch_up()
    entry = put(card(thing("b"), "Other words"))
    Outbox.objects.filter(engine="elasticsearch", entry_id=entry.pk).update(version=entry.version + 1)
    queue.acknowledge("elasticsearch", {entry.pk: entry.version})
    assert Outbox.objects.filter(engine="elasticsearch", entry_id=entry.pk).exists()


def test_a_command_says_that_the_server_is_away(refused, organisation):
    engine = engines.elasticsearch_engine()
    assert not engine.status().ready
    with pytest.raises(EngineDown):
        engine.rebuild()
