"""Secrets in addresses: filled in when fetching, told nowhere."""

from __future__ import annotations

import logging
from io import StringIO

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command

from portal.ingestion import actions, pull
from portal.ingestion.fetch import FetchError, Request
from portal.ingestion.transports.address import filled, problem, seems_secret, shown, warning
from tests.portal.ingestion.server import answer

SECRET = "s3cret/with+signs"
QUOTED = "s3cret%2Fwith%2Bsigns"


@pytest.fixture
def calendar(source, local):
    """A source whose secret stands in the path."""
    actions.update_source(
        source, pull_from=local.url("/private-{token}/basic.csv"), token=SECRET, allowed_hosts=[local.host],
        acting_person=None,
    )  # fmt: skip
    return source


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("https://cal.example/a/private-{token}/basic.ics", "https://cal.example/a/private-{token}/basic.ics"),
        (
            "https://cal.example/ical/ward%40example.org/private-9f86d081884c7d659a2feaa0c55ad015/basic.ics",
            "https://cal.example/ical/ward%40example.org/…/basic.ics",
        ),
        ("https://x.example/3f2b9c1a-77e0-4c1d-9b1e-0a1b2c3d4e5f/list", "https://x.example/…/list"),
        ("https://x.example/list.csv?key=abc&format=", "https://x.example/list.csv?key=…&format="),
        ("https://x.example/list.csv?key={token}&a=b", "https://x.example/list.csv?key={token}&a=…"),
        ("https://x.example/list?AbC9dE8fGh7iJk6L#x", "https://x.example/list?…"),
        ("https://x.example/roster-2026-11-28-night-shift/", "https://x.example/roster-2026-11-28-night-shift/"),
        ("https://x.example/EmergencyDepartmentRoster.csv", "https://x.example/EmergencyDepartmentRoster.csv"),
        ("lab/in/9f86d081884c7d659a2feaa0c55ad015.csv", "lab/in/9f86d081884c7d659a2feaa0c55ad015.csv"),
        ("https://[broken/?key=abc", "…"),
    ],
)
def test_an_address_is_shown_without_what_looks_secret(address, told):
    assert shown(address) == told


@pytest.mark.parametrize(
    ("address", "secret"),
    [
        ("https://x.example/private-9f86d081884c7d659a2feaa0c55ad015/basic.ics", True),
        ("https://x.example/list?key=abc", True),
        ("https://x.example/list?api_key=abc", True),
        ("https://x.example/list?access_token=abc", True),
        ("https://x.example/list?u=9f86d081884c7d659a2feaa0c55ad015", True),
        ("https://x.example/list?key={token}", False),
        ("https://x.example/list?monkey=abc&format=csv", False),
        ("https://x.example/roster-2026-11-28-night-shift/", False),
        ("lab/list.csv", False),
        ("", False),
    ],
)
def test_whoever_types_a_secret_into_an_address_is_warned(address, secret):
    assert seems_secret(address) is secret
    assert ("Write {token} in its place" in warning(address)) is secret


def test_the_secret_is_filled_in_quoted_and_goes_into_no_header(calendar, local):
    local.answers[f"/private-{QUOTED}/basic.csv"] = answer(body=b"a;one\n")
    assert pull.pull(calendar) is not None
    assert local.paths() == [f"/private-{QUOTED}/basic.csv"]
    assert "authorization" not in local.seen[0][1]


@pytest.mark.parametrize("fault", ["refused", "repeated", "redirected"])
def test_no_error_and_no_log_tells_the_secret(calendar, local, caplog, fault):
    caplog.set_level(logging.INFO)
    place = f"/private-{QUOTED}/basic.csv"
    words = f'{{"detail": "no {QUOTED}, no {SECRET}"}}'.encode()
    local.answers[place] = {
        "refused": answer(403, b"", content_type="application/json"),
        "repeated": answer(403, words, content_type="application/json"),
        "redirected": answer(302, location=f"http://10.0.0.1/{QUOTED}"),
    }[fault]
    with pytest.raises(FetchError) as caught:
        pull.pull(calendar)
    actions.update_source(calendar, schedule="* * * * *", acting_person=None)
    pull.run_due()
    calendar.refresh_from_db()
    assert calendar.last_error
    for told in (str(caught.value), calendar.last_error, caplog.text):
        assert SECRET not in told
        assert QUOTED not in told
    assert len(local.seen) == 2  # neither did the redirect take it to where nobody allowed it


def test_a_secret_in_the_address_is_not_sent_where_others_could_read_it(calendar, local):
    actions.update_source(calendar, pull_from="http://source.example/{token}", acting_person=None)
    with pytest.raises(FetchError, match="Others could read"):
        pull.pull(calendar)


def test_an_address_without_its_secret_is_not_fetched(calendar, local):
    actions.update_source(calendar, token="", acting_person=None)
    with pytest.raises(FetchError, match="there is none; set it"):
        pull.pull(calendar)
    assert not local.seen


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"pull_from": "https://{token}.example/x"}, "pull_from"),
        ({"pull_from": "lab/{token}/list.csv"}, "pull_from"),
        ({"transport": {"login": "password", "username": "me"}}, "token"),
    ],
)
def test_the_secret_may_stand_in_path_and_query_only(calendar, fields, field):
    with pytest.raises(ValidationError) as caught:
        actions.update_source(calendar, acting_person=None, **fields)
    assert list(caught.value.message_dict) == [field]
    assert problem("https://x.example/?key={token}") == ""


def test_a_request_does_not_show_its_address():
    assert SECRET not in repr(Request(filled("https://x.example/{token}", SECRET), secrets=[SECRET]))


def test_the_command_reads_a_token_from_standard_input(source, monkeypatch):
    monkeypatch.setattr("sys.stdin", StringIO("geheim-42\n"))
    out = StringIO()
    call_command("ingest", "set", source.slug, "--token", "-", "--pull-from", "https://x.example/?key=abc", stdout=out)
    source.refresh_from_db()
    assert source.token == "geheim-42"
    assert "https://x.example/?key=…" in out.getvalue()
    assert "key=abc" not in out.getvalue()
    assert "Write {token} in its place" in out.getvalue()
