"""A secret address lets a program in as its person, tells nothing to anybody else, and stands in no log."""

from __future__ import annotations

import logging

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path

from portal.people.actions import deactivate_person
from portal.people.models import Person
from portal.social.secret_addresses import KnownRate, UnknownRate, by_secret_address, hash_of, new_secret
from portal.urls import urlpatterns as site

SECRET = new_secret()
owners: dict[str, str] = {}


def owner(secret_hash: str) -> Person | None:
    return Person.objects.filter(username=owners.get(secret_hash, "")).first()


@by_secret_address(owner, renewal="Ask bob.")
def whose(request: HttpRequest, secret: str) -> HttpResponse:
    if request.GET.get("break"):
        raise RuntimeError(f"broken at {request.path}")
    return HttpResponse(request.user.username)


urlpatterns = [path("secret/<str:secret>", whose), *site]


@pytest.fixture(autouse=True)
def _addresses(settings, monkeypatch):
    settings.ROOT_URLCONF = __name__
    monkeypatch.setitem(owners, hash_of(SECRET), "bob")


def test_the_address_says_who_it_is_whatever_session_comes_with_it(bob, as_charlie, client: Client):
    assert client.get(f"/secret/{SECRET}").content == b"bob"
    assert as_charlie.get(f"/secret/{SECRET}").content == b"bob"


def test_the_answer_is_kept_and_found_and_told_by_nobody(bob, client: Client):
    answer = client.get(f"/secret/{SECRET}")
    assert answer["Cache-Control"] == "private, no-store"
    assert answer["Referrer-Policy"] == "no-referrer"
    assert answer["X-Robots-Tag"] == "noindex, nofollow"
    assert not answer.cookies


def test_an_unknown_address_and_somebody_who_left_look_the_same(bob, client: Client):
    unknown = client.get(f"/secret/{new_secret()}")
    deactivate_person(bob, acting_person=None)
    left = client.get(f"/secret/{SECRET}")
    assert unknown.status_code == left.status_code == 401
    assert unknown.content == left.content
    assert unknown.headers == left.headers
    assert unknown["WWW-Authenticate"].startswith("Bearer ")  # a 401 has a challenge; no program asks for a password
    assert unknown["Cache-Control"] == "private, no-store"


def test_a_refusal_speaks_the_language_of_the_request_not_that_of_the_person(bob, client: Client):
    bob.language = "de"
    bob.save()
    deactivate_person(bob, acting_person=None)
    told = [client.get(f"/secret/{SECRET}", headers={"Accept-Language": code}) for code in ("en", "et", "xx")]
    assert [answer["Content-Language"] for answer in told] == ["en", "et", "en"]
    assert told[0].content.decode() == "This address is not valid, or not valid any more. Ask bob."


def test_guessing_is_slowed_and_keeps_nobody_out(bob, client: Client, monkeypatch):
    monkeypatch.setattr(UnknownRate, "rate", "2/min", raising=False)
    tries = [client.get(f"/secret/{new_secret()}").status_code for _time in range(3)]
    assert tries == [401, 401, 429]
    assert client.get(f"/secret/{SECRET}").status_code == 200


def test_one_address_may_not_be_asked_all_the_time(bob, client: Client, monkeypatch):
    monkeypatch.setattr(KnownRate, "rate", "1/min", raising=False)
    assert client.get(f"/secret/{SECRET}").status_code == 200
    answer = client.get(f"/secret/{SECRET}")
    assert answer.status_code == 429
    assert int(answer["Retry-After"]) > 0


def test_no_log_shows_the_secret_not_even_that_of_an_error(bob, settings):
    lines: list[str] = []
    handler = logging.getLogger().handlers
    console = next(one for one in handler if type(one) is logging.StreamHandler)
    formatter = console.formatter
    assert formatter is not None

    class Kept(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(formatter.format(record))

    kept = Kept()
    logging.getLogger("django.request").addHandler(kept)
    try:
        client = Client(raise_request_exception=False)
        assert client.get(f"/secret/{SECRET}?break=1").status_code == 500
    finally:
        logging.getLogger("django.request").removeHandler(kept)
    text = "\n".join(lines)
    assert "broken at /secret/fmk_..." in text
    assert SECRET not in text


def test_the_access_log_is_written_by_the_same_formatter(settings):
    assert settings.LOGGING["loggers"]["uvicorn.access"]["handlers"] == ["console"]
    assert settings.LOGGING["formatters"]["line"]["()"] == "portal.logs.LineFormatter"
