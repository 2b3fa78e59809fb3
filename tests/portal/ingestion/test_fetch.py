"""The guarded fetcher against a real server."""

from __future__ import annotations

import datetime
import gzip
import socket
import threading
import time
from email.utils import format_datetime

import pytest

from portal.ingestion import guard
from portal.ingestion.fetch import FetchError, Limits, Request, fetch
from portal.ingestion.transports.login import Fixed
from tests.portal.ingestion.fetching import QUICK, content, get
from tests.portal.ingestion.server import answer


def test_an_allowed_host_is_fetched_with_what_it_says_of_itself(local):
    local.answers["/"] = answer(body=b"a;one\n", etag='"1"', last_modified="Mon, 02 Nov 2026 10:00:00 GMT")
    fetched = get(local, login=Fixed("Bearer secret"))
    assert content(fetched) == b"a;one\n"
    assert (fetched.etag, fetched.last_modified) == ('"1"', "Mon, 02 Nov 2026 10:00:00 GMT")
    headers = local.seen[0][1]
    assert (headers["host"], headers["authorization"]) == (local.host, "Bearer secret")


def test_what_did_not_change_is_not_sent_again(local):
    def only_if_changed(request):
        unchanged = request.headers.get("If-None-Match") == '"1"'
        answer(304 if unchanged else 200, b"" if unchanged else b"x", etag='"1"')(request)

    local.answers["/"] = only_if_changed
    first = get(local)
    assert content(first) == b"x"
    assert get(local, etag=first.etag).body is None


def test_a_size_limit_holds_for_declared_and_for_endless_answers(local):
    def endless(request):
        request.send_response(200)
        request.end_headers()
        while True:
            request.wfile.write(b"x" * 1000)

    local.answers["/declared"] = answer(body=b"x" * 2000)
    local.answers["/endless"] = endless
    for path in ("/declared", "/endless"):
        with pytest.raises(FetchError, match="more than 1500 bytes"):
            get(local, path, Limits(seconds=3, size=1500))


def test_a_packed_answer_is_refused(local):
    local.answers["/"] = answer(body=b"x", content_encoding="gzip")
    with pytest.raises(FetchError, match="packed"):
        get(local)
    assert local.seen[0][1]["accept-encoding"] == "identity"


@pytest.mark.parametrize("part", ["headers", "body"])
def test_a_source_that_drips_is_cut_off_in_time(local, part):
    def drip(request):
        request.wfile.write(b"HTTP/1.1 200 OK\r\n" + (b"\r\n" if part == "body" else b""))
        while True:
            request.wfile.write(b"x" if part == "body" else b"X-Wait: 1\r\n")
            request.wfile.flush()
            time.sleep(0.1)

    local.answers["/"] = drip
    started = time.monotonic()
    with pytest.raises(FetchError, match="too slow"):
        get(local, limits=Limits(seconds=1))
    assert time.monotonic() - started < 2.5


def test_a_source_that_never_answers_is_cut_off_in_time(local):
    local.answers["/"] = lambda request: time.sleep(2)
    started = time.monotonic()
    with pytest.raises(FetchError, match="too slow"):
        get(local, limits=Limits(seconds=0.5))
    assert time.monotonic() - started < 1.5


def test_the_wait_for_an_answer_is_bounded_by_the_source_and_not_by_a_step(local, monkeypatch):
    def slow(request):
        time.sleep(1)
        answer(body=b"made for you")(request)

    monkeypatch.setattr(guard, "SLOWEST_STEP", 0.2)
    local.answers["/"] = slow
    assert content(get(local, limits=Limits(seconds=20))) == b"made for you"
    assert len(local.seen) == 1


def test_once_it_has_begun_an_answer_may_not_pause_for_long_and_is_not_asked_for_again(local, monkeypatch):
    def pausing(request):
        request.send_response(200)
        request.send_header("Content-Length", "100")
        request.end_headers()
        request.wfile.write(b"half")
        request.wfile.flush()
        time.sleep(2)

    monkeypatch.setattr(guard, "SLOWEST_STEP", 0.2)
    local.answers["/"] = pausing
    with pytest.raises(FetchError, match="too slow"):
        get(local, limits=Limits(seconds=20))
    assert len(local.seen) == 1


def test_trouble_that_passes_is_waited_for_as_long_as_the_source_asks(local):
    moments = []

    def busy_once(request):
        moments.append(time.monotonic())
        (answer(429, retry_after="1") if len(moments) == 1 else answer(body=b"now"))(request)

    local.answers["/"] = busy_once
    assert content(get(local)) == b"now"
    assert moments[1] - moments[0] >= 1


@pytest.mark.parametrize("asked", ["3600", "a date"])
def test_a_long_wait_is_left_to_the_schedule(local, asked):
    later = datetime.datetime.now(datetime.UTC) + datetime.timedelta(hours=1)
    local.answers["/"] = answer(503, retry_after=asked if asked.isdigit() else format_datetime(later, usegmt=True))
    with pytest.raises(FetchError, match="503") as caught:
        get(local)
    assert caught.value.retry_after == pytest.approx(3600, abs=5)
    assert len(local.seen) == 1


def test_server_errors_are_tried_again_and_refusals_are_not(local):
    local.answers["/500"] = answer(500)
    local.answers["/403"] = answer(403)
    for path in ("/500", "/403"):
        with pytest.raises(FetchError, match=path[1:]):
            get(local, path)
    assert local.paths() == ["/500"] * QUICK.tries + ["/403"]


def test_a_connection_that_breaks_off_is_an_error(local):
    def half(request):
        request.send_response(200)
        request.send_header("Content-Length", "100")
        request.end_headers()
        request.wfile.write(b"half")

    local.answers["/"] = half
    with pytest.raises(FetchError, match="cannot be reached"):
        get(local)


def test_nobody_listening_is_an_error_in_words(local):
    with pytest.raises(FetchError, match="cannot be reached"):
        fetch(Request("http://127.0.0.1:1/"), allowed_hosts=["127.0.0.1"], limits=QUICK)


def test_a_log_in_page_instead_of_data_is_noticed(local):
    local.answers["/page"] = answer(body=b"<html>", content_type="text/html; charset=utf-8")
    local.answers["/csv"] = answer(body=b"x", content_type="text/csv; charset=utf-8")
    local.answers["/any"] = answer(body=b"x", content_type="application/octet-stream")
    with pytest.raises(FetchError, match="text/html instead of text/csv"):
        get(local, "/page", content_types=["text/csv"])
    assert content(get(local, "/csv", content_types=["text/csv"])) == b"x"
    assert content(get(local, "/any", content_types=["text/csv"])) == b"x"


def test_a_gzip_bomb_is_not_unpacked(local):
    bomb = gzip.compress(b"0" * 20_000_000)
    local.answers["/"] = answer(body=bomb, content_encoding="gzip")
    local.answers["/file"] = answer(body=bomb, content_type="application/octet-stream")
    with pytest.raises(FetchError, match="packed"):
        get(local, limits=Limits(seconds=3, size=100_000))
    assert content(get(local, "/file", limits=Limits(seconds=3, size=100_000))) == bomb


def test_packed_transfer_is_refused(local):
    local.answers["/"] = answer(body=b"x", transfer_encoding="gzip")
    with pytest.raises(FetchError):
        get(local)


def test_headers_without_end_are_cut_off(local):
    def endless(request):
        request.wfile.write(b"HTTP/1.1 200 OK\r\n")
        while True:
            request.wfile.write(b"X-Padding: " + b"x" * 1000 + b"\r\n")

    local.answers["/"] = endless
    with pytest.raises(FetchError, match="cannot be reached"):
        get(local, limits=Limits(seconds=3, tries=1))


@pytest.mark.parametrize("asked", ["-5", "soon", "", "1e9", "Mon, 99 Foo 2026 10:00:00 GMT", "9" * 400, "\xff"])
def test_a_wait_that_is_none_is_not_waited_for_without_bound(local, asked):
    local.answers["/"] = answer(503, retry_after=asked)
    with pytest.raises(FetchError, match="503") as caught:
        get(local)
    assert caught.value.retry_after <= 10**9
    assert len(local.seen) == (1 if asked.startswith("9") else QUICK.tries)


def test_a_wait_longer_than_the_time_that_is_left_is_left_to_the_schedule(local):
    local.answers["/"] = answer(429, retry_after="4")
    with pytest.raises(FetchError, match="429") as caught:
        get(local, limits=Limits(seconds=2))
    assert (caught.value.retry_after, len(local.seen)) == (4, 1)


def test_what_is_not_safe_to_repeat_is_sent_again_only_if_it_was_not_heard(local):
    local.answers["/500"] = answer(500)
    local.answers["/429"] = answer(429)
    for path, times in (("/500", 1), ("/429", QUICK.tries)):
        with pytest.raises(FetchError):
            get(local, path, method="POST", content=b"x")
        assert local.paths().count(path) == times


def test_an_unasked_not_modified_is_an_error(local):
    local.answers["/"] = answer(304)
    with pytest.raises(FetchError, match="304"):
        get(local)


def test_a_name_server_that_never_answers_is_cut_off(monkeypatch):
    answered, given_up = [], threading.Event()

    def never(*_args, **_options):
        answered.append(given_up.wait(20))
        raise socket.gaierror("no name server")

    monkeypatch.setattr(socket, "getaddrinfo", never)
    with pytest.raises(FetchError, match="too slow"):
        fetch(Request("http://source.example/"), limits=Limits(seconds=0.3, tries=1))
    assert answered == []
    given_up.set()
