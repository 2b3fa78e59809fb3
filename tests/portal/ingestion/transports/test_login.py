"""Logging in at sources: token, password, OAuth 2 client credentials; against a real server."""

from __future__ import annotations

import base64
import logging
from urllib.parse import parse_qs

import pytest
from django.core.cache import cache
from django.core.exceptions import ValidationError
from pydantic import ValidationError as SettingsError

from portal.ingestion import actions, pull
from portal.ingestion.fetch import Fetcher, FetchError, Limits, Request
from portal.ingestion.transports import login
from portal.ingestion.transports.login import login_for
from portal.testing.adapters import make_source
from tests.portal.ingestion.server import answer, serving
from tests.portal.ingestion.transports.conftest import as_json

pytestmark = pytest.mark.django_db  # tokens are kept in the cache, which each stack has its own of

QUICK = Limits(seconds=3, patience=1)
SECRET = "s3cret-of-the-client"


@pytest.fixture
def granting(local):
    """A token address that gives token-1, token-2, ... and data for whoever shows the newest."""
    local.given = []

    def token(request):
        local.given.append(f"token-{len(local.given) + 1}")
        as_json({"access_token": local.given[-1], "token_type": "Bearer", "expires_in": 3600})(request)

    def data(request):
        known = request.headers.get("Authorization") == f"Bearer {local.given[-1] if local.given else ''}"
        (answer(body=b"a;one\n") if known else answer(401))(request)

    local.answers |= {"/token": token, "/data": data}
    return local


@pytest.fixture
def credentials(granting, transport):
    def make(secret=SECRET, **fields):
        settings = transport(
            login="client_credentials", username="folk moot", token_url=granting.url("/token"), **fields
        )
        return login_for(settings, secret, [granting.host], QUICK)

    return make


def get(local, how, path="/data"):
    with Fetcher([local.host], QUICK) as fetcher, fetcher.fetch(Request(local.url(path), login=how)).body as body:
        return body.read()


def test_a_password_is_sent_as_rfc_7617_says(local, transport):
    local.answers["/data"] = answer(body=b"x")
    get(local, login_for(transport(login="password", username="jürgen"), "pass:wörd", [], QUICK))
    sent = local.seen[0][1]["authorization"].removeprefix("Basic ")
    assert base64.b64decode(sent).decode() == "jürgen:pass:wörd"


def test_without_a_secret_nothing_is_sent(local, transport):
    local.answers["/data"] = answer(body=b"x")
    get(local, login_for(transport(), "", [], QUICK))
    assert "authorization" not in local.seen[0][1]


def test_client_credentials_get_a_token_and_use_it(granting, credentials):
    assert get(granting, credentials(scope="read kpis")) == b"a;one\n"
    assert granting.paths() == ["/token", "/data"]
    headers = granting.seen[0][1]
    # RFC 6749, 2.3.1: id and secret are form-encoded first.
    assert base64.b64decode(headers["authorization"].removeprefix("Basic ")).decode() == f"folk+moot:{SECRET}"
    assert headers["content-type"] == "application/x-www-form-urlencoded"
    form = parse_qs(granting.bodies[0].decode())
    assert form == {"grant_type": ["client_credentials"], "scope": ["read kpis"]}


def test_a_token_is_used_until_it_expires_by_every_process(granting, credentials):
    for _time in range(3):
        get(granting, credentials())
    assert granting.paths() == ["/token", "/data", "/data", "/data"]
    kept = cache.get(credentials()._key)
    assert kept
    assert "token-1" not in kept
    cache.clear()
    get(granting, credentials())
    assert len(granting.given) == 2


def test_a_token_that_lasts_but_a_moment_is_not_kept(granting, credentials):
    granting.answers["/token"] = as_json({"access_token": "t", "token_type": "bearer", "expires_in": login.SPARE})
    granting.answers["/data"] = answer(body=b"x")
    for _time in range(2):
        get(granting, credentials())
    assert granting.paths() == ["/token", "/data"] * 2


def test_a_token_that_is_refused_is_replaced_once(granting, credentials):
    get(granting, credentials())
    granting.given.append("revoked and replaced elsewhere")
    granting.answers["/token"] = lambda request: as_json({"access_token": granting.given[-1].replace(" ", "-")})(
        request
    )
    granting.given[-1] = granting.given[-1].replace(" ", "-")
    assert get(granting, credentials()) == b"a;one\n"
    assert granting.paths() == ["/token", "/data", "/data", "/token", "/data"]
    granting.answers["/data"] = answer(401)
    with pytest.raises(FetchError, match="refuses the log-in"):
        get(granting, credentials())
    assert granting.paths()[5:] == ["/data", "/token", "/data"]


def test_a_fixed_token_that_is_refused_is_not_tried_again(local, transport):
    local.answers["/data"] = answer(401)
    with pytest.raises(FetchError, match="refuses the log-in"):
        get(local, login_for(transport(), "t", [], QUICK))
    assert len(local.seen) == 1


def test_a_new_secret_gets_a_token_of_its_own(granting, credentials):
    get(granting, credentials())
    get(granting, credentials("another"))
    assert len(granting.given) == 2


@pytest.mark.parametrize(
    ("token_answer", "message"),
    [
        (as_json({"error": "invalid_client", "error_description": f"not {SECRET}"}, 401), "invalid_client"),
        (as_json({"error": "invalid_scope"}, 400), "invalid_scope"),
        (answer(body=b"<html>", content_type="text/html"), "log-in|token"),
        (as_json(["access_token"]), "token"),
        (as_json({"access_token": "t", "token_type": "mac"}), "not a bearer token"),
        (as_json({"access_token": "line\nbreak"}), "cannot be sent"),
        (answer(403), "403"),
        (answer(302, location="/elsewhere"), "redirects what it was sent"),
        (answer(body=b"x" * (login.TOKEN_SIZE + 1)), "more than"),
    ],
)
def test_a_token_address_that_gives_none_is_told_in_words(granting, credentials, token_answer, message):
    granting.answers["/token"] = token_answer
    with pytest.raises(FetchError, match=message) as caught:
        get(granting, credentials())
    assert SECRET not in str(caught.value)
    assert "/data" not in granting.paths()


def test_a_token_is_asked_for_again_while_the_address_is_busy(granting, credentials):
    granted = granting.answers["/token"]
    busy = iter([answer(429, retry_after="0"), granted])
    granting.answers["/token"] = lambda request: next(busy)(request)
    assert get(granting, credentials()) == b"a;one\n"
    assert granting.paths() == ["/token", "/token", "/data"]


def test_the_token_address_is_guarded_too(local, transport):
    settings = transport(login="client_credentials", username="x", token_url=f"https://{local.host}/token")
    with serving() as data, Fetcher([data.host], QUICK) as fetcher:
        with pytest.raises(FetchError, match="private network"):
            fetcher.fetch(Request(data.url(), login=login_for(settings, SECRET, [data.host], QUICK)))
        assert data.seen == local.seen == []


@pytest.mark.parametrize(
    "fields",
    [
        {"login": "password"},
        {"login": "password", "username": "a:b"},
        {"login": "client_credentials", "username": "a"},
        {"login": "client_credentials", "token_url": "https://x/"},
        {"token_url": "file:///etc/passwd"},
        {"login": "magic"},
        {"password": "x"},
    ],
)
def test_settings_that_make_no_log_in_are_refused(transport, fields):
    with pytest.raises(SettingsError):
        transport(**fields)


def test_a_token_that_no_header_can_hold_is_refused_without_repeating_it(source):
    for token in ("line\nbreak", " blank", "ünicode", "nul\0"):
        with pytest.raises(ValidationError) as caught:
            actions.update_source(source, token=token, acting_person=None)
        assert "token" in caught.value.message_dict
        assert token.strip() not in str(caught.value)


@pytest.mark.parametrize("how", ["token", "password", "client_credentials"])
def test_no_secret_is_in_logs_errors_or_anything_that_is_kept_or_shown(how, granting, emergency, caplog, capsys):
    """Searched for in everything that comes out, whatever the source does; it repeats what it was sent."""
    from django.core import management
    from wagtail.models import ModelLogEntry

    caplog.set_level(logging.DEBUG)
    shown: list[str] = []
    fields = {"username": "someone", "token_url": granting.url("/token")}
    source = make_source(
        "synthetic.lines",
        department=emergency,
        pull_from=granting.url("/data"),
        schedule="* * * * *",
        allowed_hosts=[granting.host],
        token=SECRET,
        transport={"login": how, **fields},
    )

    def echo(status):
        return lambda request: answer(
            status, content_type=f"text/{request.headers.get('Authorization', '').partition(' ')[2]}"
        )(request)

    for reply in (echo(200), echo(401), echo(500), answer(302, location="/data"), answer(429, retry_after="9999")):
        granting.answers["/data"] = reply
        pull._pull_by_schedule(source, source.created_at)
        source.refresh_from_db()
        assert source.last_error
        management.call_command("ingest", "list", "--json")
        with pytest.raises(management.CommandError) as caught:
            management.call_command("ingest", "run", source.slug)
        shown += [source.last_error, str(caught.value), repr(source), repr(vars(source))]
    actions.update_source(source, token=SECRET, name="another", acting_person=None)
    management.call_command("dumpdata", "ingestion")
    how_to = login_for(source.transport_settings, SECRET, [], QUICK)
    shown += [repr(list(ModelLogEntry.objects.values())), repr(how_to), repr(Request("http://x/", login=how_to))]
    out = "\n".join([caplog.text, *capsys.readouterr(), *shown]).lower()
    assert source.slug in out
    for secret in (SECRET, "token-1", base64.b64encode(f"someone:{SECRET}".encode()).decode()):
        assert secret.lower() not in out
