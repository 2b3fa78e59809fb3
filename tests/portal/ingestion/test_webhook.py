"""The signed webhook, through HTTP."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime

import pytest
from asgiref.sync import async_to_sync
from django.test import Client

from portal.asgi import application
from portal.host import rules
from portal.ingestion import actions, limits, runner, webhook
from portal.ingestion.webhook import signature_of
from portal.testing.adapters import deliver, make_source

BODY = b"a;one\nb;two\n"


@pytest.fixture
def web(db):
    return Client(enforce_csrf_checks=True)


def headers(secret, body=BODY, *, at=0):
    timestamp = str(int(time.time()) + at)
    return {"X-Folkmoot-Timestamp": timestamp, "X-Folkmoot-Signature": signature_of(secret, timestamp, body)}


def post(web, slug, sent, body=BODY):
    return web.post(f"/ingest/{slug}/", body, content_type="text/csv", headers=sent)


def assert_refused(response, source):
    assert response.status_code == 401
    assert response["Content-Type"] == "application/problem+json"
    assert response.json()["title"] == "The signature is not valid."
    assert not source.deliveries.exists()


def test_a_signed_delivery_is_kept_and_its_fate_can_be_asked_for(web, source, texts):
    response = post(web, source.slug, headers(source.secrets[0]))
    assert response.status_code == 202
    answer = response.json()
    assert texts() == {}  # nothing is worked on inside the request
    fate = web.get(answer["url"], headers=headers(source.secrets[0], b"")).json()
    assert (fate["receipt"], fate["state"]) == (answer["receipt"], "waiting")
    runner.run_waiting()
    assert texts() == {"a": "one", "b": "two"}
    fate = web.get(answer["url"], headers=headers(source.secrets[0], b"")).json()
    assert (fate["state"], fate["counts"]["new"], fate["error"]) == ("applied", 2, "")


def test_the_receipt_of_an_older_delivery_says_that_nothing_of_it_was_used(web, source, texts):
    sent = headers(source.secrets[0], b"a;old\n", at=-60)
    deliver(source, BODY)
    answer = post(web, source.slug, sent, b"a;old\n").json()
    runner.run_waiting()
    assert texts() == {"a": "one", "b": "two"}
    fate = web.get(answer["url"], headers=headers(source.secrets[0], b"")).json()
    assert (fate["state"], fate["counts"]) == ("ignored", {})
    assert "A newer delivery was applied before" in fate["error"]


def test_the_same_delivery_again_has_the_same_receipt_and_one_effect(web, source):
    sent = headers(source.secrets[0])
    first = post(web, source.slug, sent)
    runner.run_waiting()
    again = post(web, source.slug, sent)
    assert (again.status_code, again.json()) == (202, first.json())
    assert runner.run_waiting() == 0
    assert source.runs.count() == 1


@pytest.mark.parametrize("at", [-301, 301])
def test_a_signature_out_of_its_time_is_refused(web, source, at):
    response = post(web, source.slug, headers(source.secrets[0], at=at))
    assert response.status_code == 401
    assert response.json()["title"] == "The timestamp is too far from now."
    assert not source.deliveries.exists()


@pytest.mark.parametrize("at", [-295, 295])
def test_clocks_may_differ_a_little(web, source, at):
    assert post(web, source.slug, headers(source.secrets[0], at=at)).status_code == 202


@pytest.mark.parametrize("timestamp", ["", "now", "1e9", "-5", "٣", "9" * 40])
def test_a_timestamp_that_is_none_is_refused(web, source, timestamp):
    sent = {
        "X-Folkmoot-Timestamp": timestamp.encode().decode("latin-1"),
        "X-Folkmoot-Signature": signature_of(source.secrets[0], timestamp, BODY),
    }
    assert_refused(post(web, source.slug, sent), source)


def test_an_absent_or_garbled_signature_is_refused(web, source):
    good = headers(source.secrets[0])
    for signature in (
        "",
        "sha256=",
        "sha256=00",
        good["X-Folkmoot-Signature"].removeprefix("sha256="),
        "ü" * 71,
    ):
        assert_refused(post(web, source.slug, good | {"X-Folkmoot-Signature": signature}), source)
    assert_refused(post(web, source.slug, {}), source)


def test_a_changed_body_or_timestamp_is_refused(web, source):
    sent = headers(source.secrets[0])
    assert_refused(post(web, source.slug, sent, BODY + b"c;three\n"), source)
    later = sent | {"X-Folkmoot-Timestamp": str(int(sent["X-Folkmoot-Timestamp"]) + 1)}
    assert_refused(post(web, source.slug, later), source)


def test_another_sources_signature_is_refused(web, source, emergency):
    other = make_source("synthetic.lines", slug="other", department=emergency)
    assert_refused(post(web, source.slug, headers(other.secrets[0])), source)


def test_an_unknown_source_is_refused_in_the_same_words(web, source):
    known = post(web, source.slug, headers("wrong"))
    unknown = post(web, "nowhere", headers("wrong"))
    assert (known.status_code, known.content) == (unknown.status_code, unknown.content)
    guessed = post(web, "nowhere", headers(webhook.NOBODYS_SECRET))
    assert guessed.status_code == 401
    assert post(web, source.slug, headers(webhook.NOBODYS_SECRET)).status_code == 401


def test_during_a_rotation_both_secrets_are_valid_and_after_the_next_only_the_newer_two(web, source):
    first = source.secrets[0]
    second = actions.rotate_secret(source, acting_person=None)
    assert {post(web, source.slug, headers(s)).status_code for s in (first, second)} == {202}
    third = actions.rotate_secret(source, acting_person=None)
    codes = [post(web, source.slug, headers(s)).status_code for s in (first, second, third)]
    assert codes == [401, 202, 202]
    only = actions.reset_secret(source, acting_person=None)
    codes = [post(web, source.slug, headers(s)).status_code for s in (second, third, only)]
    assert codes == [401, 401, 202]


def test_a_secret_sealed_under_another_key_opens_nothing(web, source, settings):
    secret = source.secrets[0]
    settings.SECRET_KEY = "another" * 10
    assert_refused(post(web, source.slug, headers(secret)), source)


def test_a_receipt_is_told_only_to_its_own_source(web, source, emergency):
    url = post(web, source.slug, headers(source.secrets[0])).json()["url"]
    other = make_source("synthetic.lines", slug="other", department=emergency)
    assert web.get(url).status_code == 401
    assert web.get(url, headers=headers(other.secrets[0], b"")).status_code == 401
    elsewhere = url.replace(source.slug, other.slug)
    assert web.get(elsewhere, headers=headers(other.secrets[0], b"")).status_code == 404


def test_a_signature_for_asking_does_not_deliver_nothing(web, source):
    response = post(web, source.slug, headers(source.secrets[0], b""), b"")
    assert response.status_code == 400
    assert not source.deliveries.exists()


def test_a_delivery_that_is_too_large_is_refused(web, source, monkeypatch):
    monkeypatch.setattr(webhook, "SIZE_LIMIT", 5)
    response = post(web, source.slug, headers(source.secrets[0]))
    assert (response.status_code, response["Content-Type"]) == (413, "application/problem+json")
    assert not source.deliveries.exists()


def test_only_posting_delivers(web, source):
    assert web.get(f"/ingest/{source.slug}/").status_code == 405


def test_what_is_sent_while_the_plugin_is_off_is_accepted_and_kept(web, source, emergency, texts):
    rules.set_rule("synthetic", emergency, rules.OFF, acting_person=None)
    assert post(web, source.slug, headers(source.secrets[0])).status_code == 202
    assert runner.run_waiting() == 0
    rules.set_rule("synthetic", emergency, rules.INHERIT, acting_person=None)
    assert runner.run_waiting() == 1
    assert texts() == {"a": "one", "b": "two"}


def test_a_delivery_costs_a_fixed_number_of_queries(web, source, django_assert_num_queries):
    # source; savepoint, source locked, known?, moment free?, delivery, its one piece, release
    with django_assert_num_queries(8):
        post(web, source.slug, headers(source.secrets[0]))


def test_a_wrong_clock_is_told_to_whoever_has_the_secret_and_to_nobody_else(web, source):
    response = post(web, source.slug, headers(source.secrets[0], at=-1000))
    assert response.status_code == 401
    problem = response.json()
    assert problem["title"] == "The timestamp is too far from now."
    assert "-1000 seconds" in problem["detail"] or "-1001 seconds" in problem["detail"]
    assert str(datetime.now(UTC).year) in problem["detail"]
    assert_refused(post(web, source.slug, headers("wrong", at=-1000)), source)


def test_a_clock_that_was_ahead_and_is_set_right_loses_nothing(web, source, texts):
    assert post(web, source.slug, headers(source.secrets[0], b"a;ahead\n", at=200), b"a;ahead\n").status_code == 202
    runner.run_waiting()
    assert post(web, source.slug, headers(source.secrets[0], b"a;right\n", at=1), b"a;right\n").status_code == 202
    runner.run_waiting()
    assert texts() == {"a": "right"}


def test_what_was_sent_with_a_clock_ahead_and_again_is_one(web, source):
    sent = headers(source.secrets[0], at=200)
    assert len({post(web, source.slug, sent).json()["receipt"] for _time in range(2)}) == 1


@pytest.fixture
def rates(monkeypatch):
    monkeypatch.setattr(limits._Rate, "THROTTLE_RATES", {"ingest": "3/min", "ingest_unsigned": "2/min"})


def test_more_deliveries_than_a_source_may_send_are_put_off(web, source, emergency, rates):
    other = make_source("synthetic.lines", slug="other", department=emergency)
    bodies = [b"a;%d\n" % number for number in range(4)]
    answers = [post(web, source.slug, headers(source.secrets[0], body), body) for body in bodies]
    assert [answer.status_code for answer in answers] == [202, 202, 202, 429]
    assert 1 <= int(answers[-1]["Retry-After"]) <= 60
    assert answers[-1]["Content-Type"] == "application/problem+json"
    assert source.deliveries.count() == 3
    assert post(web, other.slug, headers(other.secrets[0])).status_code == 202


def test_who_cannot_sign_is_put_off_and_keeps_nobody_else_out(web, source, rates):
    codes = [post(web, source.slug, headers("wrong")).status_code for _time in range(4)]
    assert codes == [401, 401, 429, 429]
    assert post(web, source.slug, headers(source.secrets[0])).status_code == 202
    unknown = [post(web, "nowhere", headers("wrong")).status_code for _time in range(3)]
    assert unknown == [401, 401, 429]


def test_without_a_cache_deliveries_are_kept(web, source, monkeypatch):
    def gone(*_args, **_options):
        raise ConnectionError("the cache is away")

    monkeypatch.setattr(limits._Rate.cache, "get", gone)
    assert post(web, source.slug, headers(source.secrets[0])).status_code == 202


async def asked(chunks, *, path="/ingest/lab/", declared=None):
    """What the ASGI application answers, and how many pieces of the body it took."""
    taken, sent = [], []

    async def receive():
        taken.append(1)
        more = len(taken) < chunks
        return {"type": "http.request", "body": b"x" * 1000, "more_body": more}

    async def send(message):
        sent.append(message)

    length = [(b"content-length", str(declared).encode())] if declared is not None else []
    scope = {"type": "http", "method": "POST", "path": path, "headers": length, "query_string": b"", "root_path": ""}
    await application(scope, receive, send)
    return sent, len(taken)


def test_a_body_without_a_declared_length_is_cut_off_where_it_becomes_too_large(monkeypatch):
    monkeypatch.setattr(webhook, "SIZE_LIMIT", 5500)
    sent, taken = async_to_sync(asked)(1_000_000)
    assert (sent[0]["status"], taken) == (413, 6)
    assert json.loads(sent[1]["body"])["title"] == "This delivery is too large."


def test_a_body_that_is_declared_too_large_is_not_read(monkeypatch):
    monkeypatch.setattr(webhook, "SIZE_LIMIT", 5500)
    sent, taken = async_to_sync(asked)(1_000_000, declared=5501)
    assert (sent[0]["status"], taken) == (413, 0)
    assert dict(sent[0]["headers"])[b"content-type"] == b"application/problem+json"


def test_other_addresses_have_limits_of_their_own(monkeypatch):
    seen = []

    async def inner(scope, receive, send):
        while (await receive())["more_body"]:
            seen.append(1)

    monkeypatch.setattr(webhook, "SIZE_LIMIT", 5500)
    monkeypatch.setattr(application, "_application", inner)
    async_to_sync(asked)(10, path="/files/upload/")
    assert len(seen) == 9
