"""Elasticsearch refuses connections or accepts them in silence: on every stack, no server is needed for it."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from portal.catalogue.models import Outbox
from search import engines, sweeps
from search.engines.base import EngineDown
from search.engines.elastic.breaker import Breaker
from search.query import FACETS
from tests.search.conftest import titles
from tests.search.faults.conftest import ask, thing, write


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


class _FoundNothing(BaseHTTPRequestHandler):
    """Answers a search that nothing is found, and one for similar words too late."""

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if "fuzziness" in json.dumps(asked["query"]):
            self.server.late.wait(30)  # type: ignore[attr-defined]
        total = {"doc_count": 0} | {name: {"buckets": []} for name in FACETS}
        answer = {"timed_out": False, "hits": {"hits": []}, "aggregations": {"total": total}}
        self.send_response(200)
        self.send_header("X-Elastic-Product", "Elasticsearch")
        self.send_header("Content-Type", "application/vnd.elasticsearch+json;compatible-with=8")
        self.end_headers()
        with contextlib.suppress(OSError):  # nobody waits any more
            self.wfile.write(json.dumps(answer).encode())

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def slow_with_similar_words(settings) -> Iterator[None]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _FoundNothing)
    server.late = threading.Event()  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    settings.ELASTICSEARCH_URL = f"http://127.0.0.1:{server.server_port}"
    yield
    server.late.set()  # type: ignore[attr-defined]
    server.shutdown()
    server.server_close()
    thread.join()


def test_f3_similar_words_that_take_too_long_are_none_and_leave_search_to_the_others(
    slow_with_similar_words, organisation, alice
):
    for _search in range(2):
        result = ask(alice, "hygeine")
        assert (result.engine, result.count, result.similar, result.limited) == ("elasticsearch", 0, False, False)
    engine = engines.elasticsearch_engine()
    assert engine is not None
    assert not engine.breaker.is_open


def test_f1_writing_goes_on_and_waits_in_the_outbox(refused, organisation, alice):
    write(thing("b"), "Written meanwhile")
    assert sweeps.elasticsearch() == 0
    assert Outbox.objects.filter(engine="elasticsearch", attempts=0, error="").count() == 1


def test_f2_the_database_answers_and_says_that_it_does(refused, organisation, alice):
    write(thing("a"), "Found all the same")
    sweeps.database()
    result = ask(alice, "found")
    assert titles(result) == ["Found all the same"]
    assert (result.engine, result.limited, result.count) == ("database", True, 1)
    assert "does not answer" in result.reason


def test_f2_page_and_api_say_that_results_are_limited(refused, organisation, as_alice):
    write(thing("a"), "Found all the same")
    sweeps.database()
    html = as_alice.get("/search/", {"q": "found"}).content.decode()
    assert "<mark>Found</mark> all the same" in html
    assert "The search service does not answer" in html
    body = as_alice.get("/api/v1/search/", {"q": "found"}).json()
    assert (body["count"], body["limited"], body["engine"]) == (1, True, "database")


def test_f3_a_silent_server_is_asked_once_and_then_left_alone(silent, organisation, alice):
    write(thing("a"), "Found all the same")
    sweeps.database()
    for _again in range(5):
        result = ask(alice, "found")
        assert (titles(result), result.limited) == (["Found all the same"], True)
    assert len(silent) == 1


def test_a_silent_server_does_not_hold_the_worker_up_again_and_again(silent, organisation):
    write(thing("a"), "Waiting thing")
    for _again in range(5):
        assert sweeps.elasticsearch() == 0
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


def test_a_command_says_that_the_server_is_away(refused, organisation):
    engine = engines.elasticsearch_engine()
    assert not engine.status().ready
    with pytest.raises(EngineDown):
        engine.rebuild()
