"""Writing back survives killed workers, lost answers and a database that is away: nothing lost, nothing doubled."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import OperationalError
from django.utils import timezone

from portal.ingestion import write_back_sending
from portal.ingestion.models import WriteBack
from portal.ingestion.write_back import ask
from portal.ingestion.write_back_http import Channel
from portal.ingestion.write_back_sending import send_waiting
from tests.portal.ingestion.desk import keys, sent, time_passes
from tests.portal.ingestion.server import answer

State = WriteBack.State


def test_a_conflict_is_told_and_not_tried_again(desk, local, bob):
    local.answers["/do"] = answer(409)
    asked = ask(desk, "a", "close", acting_person=bob)
    assert (send_waiting(), send_waiting()) == (1, 0)
    asked.refresh_from_db()
    assert (asked.state, asked.said, asked.uncertain) == (State.FAILED, "Somebody else has closed it.", False)


def test_a_source_that_asks_for_time_gets_it_for_all_that_waits(desk, local, bob):
    local.answers["/do"] = answer(429, retry_after="3600")
    first = ask(desk, "a", "close", acting_person=bob)
    second = ask(desk, "b", "close", acting_person=bob)
    assert (send_waiting(), send_waiting()) == (1, 0)
    first.refresh_from_db()
    second.refresh_from_db()
    assert first.state == second.state == State.WAITING
    assert "429" in first.said
    assert not first.uncertain
    assert first.retry_at == second.retry_at > timezone.now() + timedelta(minutes=59)
    assert (first.attempts, second.attempts) == (1, 0)


def test_what_was_heard_but_not_answered_is_asked_for_before_it_is_sent_again(desk, local, bob):
    local.answers["/do"] = lambda request: None  # it arrives, and the connection ends
    asked = ask(desk, "a", "say", {"text": "once"}, acting_person=bob)
    send_waiting()
    asked.refresh_from_db()
    assert (asked.state, asked.uncertain) == (State.WAITING, True)
    local.answers["/do"] = answer(201)
    time_passes()
    assert send_waiting() == 1
    asked.refresh_from_db()
    assert (asked.state, asked.said) == (State.SENT, "It was there.")
    assert len(sent(local)) == 1


def test_a_worker_killed_between_sending_and_noting_doubles_nothing(desk, local, bob, monkeypatch):
    asked = ask(desk, "a", "say", {"text": "once"}, acting_person=bob)
    with monkeypatch.context() as patch:
        patch.setattr(write_back_sending, "_settle", lambda *_args: (_ for _ in ()).throw(SystemExit))
        with pytest.raises(SystemExit):
            send_waiting()
    assert len(sent(local)) == 1
    assert send_waiting() == 0  # for a while it counts as being sent
    time_passes()
    assert send_waiting() == 1
    asked.refresh_from_db()
    assert (asked.state, len(sent(local))) == (State.SENT, 1)


def test_a_worker_killed_before_sending_loses_nothing(desk, local, bob, monkeypatch):
    asked = ask(desk, "a", "say", {"text": "once"}, acting_person=bob)
    with monkeypatch.context() as patch:
        patch.setattr(Channel, "post", lambda *_args: (_ for _ in ()).throw(SystemExit))
        with pytest.raises(SystemExit):
            send_waiting()
    time_passes()
    send_waiting()
    asked.refresh_from_db()
    assert (asked.state, keys(local)) == (State.SENT, [str(asked.key)])


def test_a_worker_that_was_silent_for_too_long_notes_nothing(desk, local, bob, monkeypatch):
    asked = ask(desk, "a", "close", acting_person=bob)

    def taken_over(*_args):
        WriteBack.objects.update(attempts=7, said="somebody else's")

    monkeypatch.setattr(Channel, "post", taken_over)
    send_waiting()
    asked.refresh_from_db()
    assert (asked.state, asked.said) == (State.SENDING, "somebody else's")


def test_a_database_that_is_gone_while_it_is_noted_doubles_nothing(desk, local, bob, monkeypatch):
    asked = ask(desk, "a", "say", {"text": "once"}, acting_person=bob)
    with monkeypatch.context() as patch:
        patch.setattr(write_back_sending, "_note", lambda *_a, **_k: (_ for _ in ()).throw(OperationalError("gone")))
        with pytest.raises(OperationalError):
            send_waiting()
    time_passes()
    send_waiting()
    asked.refresh_from_db()
    assert (asked.state, len(sent(local))) == (State.SENT, 1)


@pytest.mark.parametrize("status", [401, 403, 500, 503])
def test_trouble_is_tried_again_ever_more_seldom_and_then_told(desk, local, bob, status):
    local.answers |= {"/do": answer(status), "/done": answer(body=b"[]", content_type="application/json")}
    asked = ask(desk, "a", "close", acting_person=bob)
    waits = []
    for _attempt in range(write_back_sending.ATTEMPTS):
        before = timezone.now()
        assert send_waiting() == 1
        asked.refresh_from_db()
        waits.append(asked.retry_at and round((asked.retry_at - before) / timedelta(minutes=1)))
        time_passes()
    assert waits == [1, 2, 4, 8, 16, 32, 64, None]
    assert (asked.state, send_waiting()) == (State.FAILED, 0)
    assert str(status) in asked.said


def test_poison_does_not_hold_up_what_comes_after_it(desk, local, bob, monkeypatch):
    local.answers["/do"] = lambda request: answer(409 if b"poison" in local.bodies[-1] else 201)(request)
    ask(desk, "a", "say", {"text": "poison"}, acting_person=bob)
    after = ask(desk, "a", "say", {"text": "good"}, acting_person=bob)
    assert (send_waiting(), send_waiting()) == (1, 1)
    after.refresh_from_db()
    assert after.state == State.SENT
