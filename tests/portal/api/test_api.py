from __future__ import annotations

import pytest
from django.test import Client
from rest_framework.authtoken.models import Token

from portal.audience import tokens
from portal.audience.expressions import any_of
from portal.host import rules
from portal.people.actions import deactivate_person
from tests import factories

ADDRESSES = ["content/", "timeline/", "people/", "departments/", "plugins/", "schema/", "docs/"]


@pytest.fixture
def entry(emergency, alice):
    return factories.entry(
        title="Pumps",
        body="All of it",
        author=alice,
        department=emergency,
        plugin="microblog",
        audience=any_of(tokens.department(emergency)),
        topics=("pumps",),
    )


@pytest.mark.parametrize("address", ADDRESSES)
def test_nobody_gets_in_without_log_in(db, client, address):
    response = client.get(f"/api/v1/{address}")
    assert response.status_code == 401
    assert response.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("address", ADDRESSES)
def test_every_list_answers_whoever_is_logged_in(as_bob, entry, address):
    assert as_bob.get(f"/api/v1/{address}").status_code == 200


def test_a_list_holds_what_the_person_may_see(as_bob, as_charlie, entry, emergency):
    body = as_bob.get("/api/v1/content/").json()
    assert (body["count"], body["count_exact"], body["next"]) == (1, True, None)
    item = body["results"][0]
    assert {"kind", "type", "title", "url", "plugin", "department"} <= item.keys()
    assert (item["title"], item["plugin"], item["department"]) == ("Pumps", "microblog", emergency.url_path)
    assert as_charlie.get("/api/v1/content/").json()["count"] == 0
    assert as_charlie.get("/api/v1/timeline/").json()["results"] == []


@pytest.mark.parametrize(
    ("given", "count"),
    [
        ({"kind": "user"}, 1),
        ({"kind": "managed"}, 0),
        ({"type": "note"}, 1),
        ({"topic": "pumps"}, 1),
        ({"topic": "x"}, 0),
        ({"department": "merekaar-hospitals/emergency"}, 1),
        ({"department": "merekaar-hospitals"}, 1),
    ],
)
def test_filters_narrow(as_bob, entry, given, count):
    assert as_bob.get("/api/v1/content/", given).json()["count"] == count


def test_one_entry_404_for_outsiders_and_403_while_its_plugin_is_off(as_bob, as_charlie, entry, emergency):
    address = f"/api/v1/content/{entry.pk}/"
    assert as_bob.get(address).json()["body"] == "All of it"
    assert as_charlie.get(address).status_code == 404
    rules.set_rule("microblog", emergency, rules.OFF, acting_person=None)
    refused = as_bob.get(address)
    assert refused.status_code == 403
    assert refused.headers["Content-Type"] == "application/problem+json"
    assert "kept" in refused.json()["detail"]
    assert as_charlie.get(address).status_code == 404


def test_pages_follow_each_other_without_gaps(as_bob, organisation):
    wanted = [factories.entry().title for _number in range(45)]
    for address in ("/api/v1/content/", "/api/v1/timeline/"):
        found, following = [], address
        while following:
            body = as_bob.get(following).json()
            found += [item["title"] for item in body["results"]]
            following = body["next"]
        assert found == wanted[::-1]


def test_a_cursor_that_is_none_is_refused(as_bob):
    assert as_bob.get("/api/v1/timeline/?before=x").status_code == 400
    assert as_bob.get("/api/v1/timeline/?before=" + "9" * 40).status_code == 400
    assert as_bob.get("/api/v1/content/?cursor=zzz").status_code == 404


@pytest.mark.parametrize("address", ["content/", "people/", "departments/"])
def test_a_list_costs_the_same_for_few_and_many(as_bob, organisation, emergency, settings, address):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    settings.FOLKMOOT_STAMP_SECONDS = 3600
    counts = []
    for more in (2, 17):
        for _number in range(more):
            factories.entry(author=factories.person(departments=[emergency]))
            factories.department()
        as_bob.get(f"/api/v1/{address}")
        with CaptureQueriesContext(connection) as queries:
            as_bob.get(f"/api/v1/{address}")
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 6


def test_a_token_opens_the_api_and_nothing_else(bob):
    bob.set_password("a very long password")
    bob.save()
    client = Client()
    given = {"username": "bob", "password": "a very long password"}
    key = client.post("/api/v1/auth/token/", given).json()["token"]
    header = {"Authorization": f"Token {key}"}
    assert Client().get("/api/v1/people/", headers=header).status_code == 200
    assert Client().get("/", headers=header).status_code == 302
    assert Client().get("/api/v1/people/", headers={"Authorization": "Token wrong"}).status_code == 401


def test_a24_a_deactivated_person_is_out(bob, as_bob):
    token = Token.objects.create(user=bob)
    header = {"Authorization": f"Token {token.key}"}
    assert Client().get("/api/v1/people/", headers=header).status_code == 200
    deactivate_person(bob, acting_person=None)
    assert Client().get("/api/v1/people/", headers=header).status_code == 401
    assert as_bob.get("/api/v1/people/").status_code == 401
    assert as_bob.get("/").status_code == 302


def test_a_session_must_send_the_csrf_token(bob, emergency, ida):
    client = Client(enforce_csrf_checks=True)
    client.force_login(ida)
    body = {"department": emergency.url_path, "state": "off"}
    address = "/api/v1/plugins/microblog/rules/"
    assert client.put(address, body, content_type="application/json").status_code == 403


def test_the_schema_describes_our_api_and_no_other(as_bob):
    schema = as_bob.get("/api/v1/schema/", headers={"Accept": "application/json"}).json()
    assert {"/api/v1/content/", "/api/v1/timeline/", "/api/v1/search/"} <= schema["paths"].keys()
    assert all(path.startswith("/api/v1/") for path in schema["paths"])
