"""The API: who is on duty, what is open, and the address of one's own calendar."""

from __future__ import annotations

import pytest
from django.test import Client

from plugins.rosters.models import Feed
from plugins.rosters.tests.samples import calendar, event, who
from portal.host import rules
from portal.testing.adapters import deliver

API = "/api/v1/rosters/"


@pytest.fixture
def tuesday(source, alice, bob, at):
    now = at("2026-11-24 12:00+02:00")
    body = calendar(
        event("bob", "20261124T0700", "20261124T1530", who("bob"), "URL:https://rota.example/shift/1"),
        event("alice", "20261124T1400", "20261124T2200", who("alice"), "URL:javascript:alert(1)"),
        event("open", "20261125T0700", "20261125T1530"),
        event("off", "20261124T0700", "20261124T1530", who("alice"), "STATUS:CANCELLED"),
    )
    deliver(source, body, sent_at=now)


def test_on_duty_says_by_department_who_works_and_who_follows(tuesday, as_bob, emergency):
    (desk,) = as_bob.get(f"{API}on-duty/").json()
    assert desk["department"] == emergency.url_path
    assert [shift["name"] for shift in desk["working"]] == ["Bob Berg"]
    assert desk["working"][0]["link"] == "https://rota.example/shift/1"
    assert [shift["name"] for shift in desk["following"]] == ["Alice Aav"]
    assert desk["following"][0]["link"] == ""
    assert as_bob.get(f"{API}on-duty/", {"department": emergency.url_path}).json()[0]["name"] == "Emergency"
    assert as_bob.get(f"{API}on-duty/", {"department": "nowhere"}).status_code == 404


def test_outsiders_see_no_duty_and_no_open_shift(tuesday, as_charlie, emergency):
    assert as_charlie.get(f"{API}on-duty/").json() == []
    assert as_charlie.get(f"{API}on-duty/", {"department": emergency.url_path}).json() == []
    assert as_charlie.get(f"{API}shifts/", {"open": "true"}).json()["count"] == 0


def test_open_shifts_are_a_filter(tuesday, as_bob):
    (shift,) = as_bob.get(f"{API}shifts/", {"open": "true"}).json()["results"]
    assert shift["open"]
    assert shift["starts_at"] == "2026-11-25T07:00:00+02:00"


def test_an_address_is_made_shown_once_and_taken_back(as_bob, bob):
    assert as_bob.get(f"{API}feed/").json() == {"created_at": None, "last_used_at": None}
    made = as_bob.post(f"{API}feed/")
    assert made.status_code == 201
    assert made["Cache-Control"] == "private, no-store"
    address = made.json()["address"]
    assert Client().get(address).status_code == 200
    assert "address" not in as_bob.get(f"{API}feed/").json()
    assert as_bob.get(f"{API}feed/").json()["last_used_at"]
    assert as_bob.delete(f"{API}feed/").status_code == 204
    assert Client().get(address).status_code == 401
    again = as_bob.delete(f"{API}feed/")
    assert again.status_code == 404
    assert again.json()["title"] == "There is no address to take back."


def test_off_no_address_can_be_made(as_bob, emergency):
    rules.set_rule("rosters", emergency, rules.OFF, acting_person=None)
    for method in (as_bob.get, as_bob.post, as_bob.delete):
        assert method(f"{API}feed/").status_code == 403
    assert as_bob.get(f"{API}on-duty/").status_code == 403
    assert not Feed.objects.exists()
