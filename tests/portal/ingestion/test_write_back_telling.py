"""Whoever did something here that its system did not take is told once, and of nothing they may not see."""

from __future__ import annotations

import pytest

from portal.audience.expressions import NOBODY
from portal.ingestion import actions, write_back_sending
from portal.ingestion.models import Source, WriteBack
from portal.ingestion.write_back import ask, retry, withdraw
from portal.ingestion.write_back_sending import send_waiting
from portal.notifications.models import Notification
from tests.cast import logged_in
from tests.portal.ingestion.desk import time_passes
from tests.portal.ingestion.server import answer
from tests.portal.ingestion.synthetic import DeskAdapter


def inbox(person):
    told = logged_in(person).get("/api/v1/notifications/").json()["results"]
    return [(one["text"], one["detail"], one["url"]) for one in told]


@pytest.fixture
def conflict(local):
    local.answers["/do"] = answer(409)


def test_what_is_declined_is_told_to_whoever_did_it_with_the_way_to_the_item(desk, conflict, bob, alice):
    ask(desk, "a", "close", acting_person=bob)
    send_waiting()
    assert inbox(bob) == [("the desk did not take “Close” for “one”.", "Somebody else has closed it.", "/x/")]
    assert inbox(alice) == []


def test_what_is_tried_again_is_told_at_the_end_alone(desk, local, bob):
    local.answers |= {"/do": answer(503), "/done": answer(body=b"[]", content_type="application/json")}
    ask(desk, "a", "close", acting_person=bob)
    for _attempt in range(write_back_sending.ATTEMPTS):
        assert inbox(bob) == []
        assert send_waiting() == 1
        time_passes()
    assert len(inbox(bob)) == 1


@pytest.mark.parametrize("act", [retry, withdraw])
def test_what_is_tried_again_or_taken_back_is_told_no_longer(desk, conflict, bob, act):
    asked = ask(desk, "a", "close", acting_person=bob)
    send_waiting()
    act(asked, acting_person=bob)
    assert not Notification.objects.exists()


def test_what_was_taken_is_not_told(desk, local, bob):
    ask(desk, "a", "close", acting_person=bob)
    send_waiting()
    assert inbox(bob) == []


def test_an_item_that_is_no_longer_theirs_is_not_named(desk, conflict, bob):
    ask(desk, "a", "close", acting_person=bob)
    actions.update_source(desk, audience=NOBODY, acting_person=None)
    send_waiting()
    assert inbox(bob) == [("the desk did not take “Close” from you.", "Somebody else has closed it.", "")]


def test_what_was_told_is_hidden_with_its_item(desk, conflict, bob):
    ask(desk, "a", "close", acting_person=bob)
    send_waiting()
    actions.update_source(desk, audience=NOBODY, acting_person=None)
    assert inbox(bob) == []


def test_an_adapter_that_cannot_name_its_item_holds_nothing_up(desk, conflict, bob, monkeypatch):
    monkeypatch.setattr(DeskAdapter, "row_of", lambda *_given: 1 / 0)
    asked = ask(desk, "a", "close", acting_person=bob)
    send_waiting()
    asked.refresh_from_db()
    assert asked.state == WriteBack.State.FAILED
    assert len(inbox(bob)) == 1


def test_a_source_whose_plugin_is_gone_is_told_too(desk, conflict, bob, monkeypatch):
    ask(desk, "a", "close", acting_person=bob)
    monkeypatch.setattr("portal.ingestion.write_back_sending.may_run", lambda _source: True)
    Source.objects.filter(pk=desk.pk).update(adapter="gone.away")
    send_waiting()
    ((text, detail, url),) = inbox(bob)
    assert (text, url) == ("the desk did not take “close” from you.", "")
    assert "does not take this from here any more" in detail
