"""Writing back: kept first, sent by the worker, never doubled, and the person is told what became of it."""

from __future__ import annotations

import json
import uuid
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.management import call_command
from django.utils import timezone

from portal.audit import ModelLogEntry
from portal.host import rules
from portal.ingestion import actions, write_back_sending
from portal.ingestion.models import Source, WriteBack
from portal.ingestion.reports import source_facts
from portal.ingestion.write_back import ask, export_write_backs, forget_write_backs, retry, withdraw
from portal.ingestion.write_back_sending import send_waiting
from portal.jobs import schedules
from portal.testing.adapters import deliver
from tests.portal.ingestion.desk import sent, time_passes
from tests.portal.ingestion.server import answer

State = WriteBack.State


def test_what_a_person_does_is_kept_and_then_sent_by_the_worker(desk, local, bob):
    asked = ask(desk, "a", "say", {"text": "On it."}, acting_person=bob)
    assert (asked.state, sent(local)) == (State.WAITING, [])  # nothing is sent inside the request
    assert send_waiting() == 1
    asked.refresh_from_db()
    assert (asked.state, asked.said, asked.uncertain) == (State.SENT, "", False)
    assert sent(local) == [{"operation": "say", "key": str(asked.key), "text": "On it."}]
    assert local.seen[0][1]["authorization"] == "Bearer secret-token"
    assert send_waiting() == 0


def test_the_history_says_who_asked_for_what_and_not_what_they_wrote(desk, bob):
    ask(desk, "a", "say", {"text": "private words"}, acting_person=bob)
    entry = ModelLogEntry.objects.filter(action="folkmoot.source.write_back").get()
    assert (entry.user, entry.data["operation"]) == (bob, "say")
    assert "private words" not in json.dumps(entry.data)


def test_the_same_key_twice_is_one_and_anothers_key_is_refused(desk, bob, alice):
    key = uuid.uuid4()
    first = ask(desk, "a", "say", {"text": "x"}, acting_person=bob, key=key)
    assert ask(desk, "a", "say", {"text": "x"}, acting_person=bob, key=key) == first
    for item, person in (("b", bob), ("a", alice)):
        with pytest.raises(ValidationError, match="something else"):
            ask(desk, item, "say", {"text": "x"}, acting_person=person, key=key)
    assert WriteBack.objects.count() == 1


def test_what_can_only_be_done_once_waits_once(desk, bob):
    first = ask(desk, "a", "close", acting_person=bob)
    assert ask(desk, "a", "close", acting_person=bob) == first
    assert ask(desk, "b", "close", acting_person=bob) != first
    send_waiting()
    assert ask(desk, "a", "close", acting_person=bob) != first  # it may have been opened again there


@pytest.mark.parametrize(
    ("item", "operation", "data", "words"),
    [
        ("a", "explode", {}, "does not take this from here"),
        ("nowhere", "close", {}, "no longer lists this"),
        ("a", "say", {}, "text: This is needed."),
        ("a", "say", {"text": ""}, "text: This is needed."),
        ("a", "close", {"text": "x"}, "Nothing is known by this name"),
        ("a", "say", {"text": "a\x00b"}, "characters that cannot be sent"),
        ("a", "say", {"text": "a\ud800b"}, "characters that cannot be (sent|stored)"),
    ],
)
def test_what_cannot_be_asked_for_is_refused_in_words(desk, bob, item, operation, data, words):
    with pytest.raises(ValidationError, match=words):
        ask(desk, item, operation, data, acting_person=bob)
    assert not WriteBack.objects.exists()


def test_only_whom_the_adapter_names_may(desk, source, charlie, bob):
    with pytest.raises(PermissionDenied):
        ask(desk, "c", "close", acting_person=charlie)
    bob.is_active = False
    with pytest.raises(PermissionDenied):
        ask(desk, "a", "close", acting_person=bob)


def test_an_adapter_without_operations_takes_nothing(source, bob):
    deliver(source, b"a;one\n")
    with pytest.raises(ValidationError, match="does not take this"):
        ask(source, "a", "close", acting_person=bob)


def test_what_is_missing_at_its_source_takes_nothing(desk, bob):
    deliver(desk, b"a;one\n", sent_at=timezone.now() + timedelta(seconds=1))
    with pytest.raises(ValidationError, match="no longer lists this"):
        ask(desk, "b", "close", acting_person=bob)


def test_whoever_lost_it_meanwhile_is_told_and_nothing_is_sent(desk, local, charlie):
    asked = ask(desk, "a", "close", acting_person=charlie)
    deliver(desk, b"a;charlie\n", sent_at=timezone.now() + timedelta(seconds=1))
    assert send_waiting() == 1
    asked.refresh_from_db()
    assert (asked.state, asked.said) == (State.FAILED, "It is no longer assigned to you.")
    assert sent(local) == []


def test_of_one_item_the_second_waits_for_the_first(desk, local, bob):
    local.answers |= {"/do": answer(500), "/done": answer(body=b"[]", content_type="application/json")}
    first = ask(desk, "a", "say", {"text": "1"}, acting_person=bob)
    ask(desk, "a", "say", {"text": "2"}, acting_person=bob)
    send_waiting()
    WriteBack.objects.exclude(pk=first.pk).update(retry_at=None)
    assert send_waiting() == 0
    local.answers["/do"] = answer(201)
    time_passes()
    assert (send_waiting(), send_waiting()) == (1, 1)
    assert [one["text"] for one in sent(local)][-2:] == ["1", "2"]


def test_off_and_paused_means_it_waits(desk, local, bob, emergency):
    ask(desk, "a", "close", acting_person=bob)
    rules.set_rule("synthetic", emergency, rules.OFF, acting_person=None)
    assert send_waiting() == 0
    rules.set_rule("synthetic", emergency, rules.INHERIT, acting_person=None)
    actions.pause_source(desk, acting_person=None)
    assert send_waiting() == 0
    actions.resume_source(desk, acting_person=None)
    assert send_waiting() == 1


def test_it_can_be_withdrawn_while_it_waits_and_not_after(desk, local, bob, alice):
    asked = ask(desk, "a", "close", acting_person=bob)
    with pytest.raises(PermissionDenied):
        withdraw(asked, acting_person=alice)
    assert withdraw(asked, acting_person=bob).state == State.WITHDRAWN
    assert send_waiting() == 0
    again = ask(desk, "a", "close", acting_person=bob)
    send_waiting()
    with pytest.raises(ValidationError, match="undo it where the task comes from"):
        withdraw(again, acting_person=bob)


def test_what_may_have_arrived_cannot_be_withdrawn(desk, local, bob):
    local.answers["/do"] = lambda request: None
    asked = ask(desk, "a", "close", acting_person=bob)
    send_waiting()
    with pytest.raises(ValidationError, match="is being sent"):
        withdraw(asked, acting_person=bob)


def test_what_failed_can_be_tried_again_by_whoever_asked_and_by_it(desk, local, bob, alice, ida):
    local.answers["/do"] = answer(409)
    asked = ask(desk, "a", "close", acting_person=bob)
    for person in (bob, ida, None):
        send_waiting()
        with pytest.raises(PermissionDenied):
            retry(asked, acting_person=alice)
        assert retry(asked, acting_person=person).state == State.WAITING
    with pytest.raises(ValidationError):
        retry(asked, acting_person=bob)


def test_operators_see_how_much_waits_and_how_much_failed(desk, local, bob):
    local.answers["/do"] = answer(409)
    ask(desk, "a", "close", acting_person=bob)
    ask(desk, "b", "close", acting_person=bob)
    send_waiting()
    (facts,) = source_facts(Source.objects.filter(pk=desk.pk))
    assert (facts["write_backs_waiting"], facts["write_backs_failed"]) == (1, 1)


def test_operators_read_what_failed_and_try_it_again_by_command(desk, local, bob, capsys):
    local.answers["/do"] = answer(409)
    ask(desk, "a", "say", {"text": "private words"}, acting_person=bob)
    send_waiting()
    call_command("ingest", "write-backs", "desk")
    told = capsys.readouterr().out
    assert "Somebody else has closed it." in told
    assert "private words" not in told
    call_command("ingest", "write-backs", "desk", "--retry")
    assert "retried 1" in capsys.readouterr().out
    assert WriteBack.objects.get().state == State.WAITING


def test_what_was_sent_is_read_again_soon(desk, local, bob):
    Source.objects.update(schedule="0 0 1 1 *", next_run_at=timezone.now() + timedelta(days=9))
    ask(desk, "a", "close", acting_person=bob)
    send_waiting()
    assert Source.objects.get().next_run_at <= timezone.now() + timedelta(seconds=5)


def test_no_secret_is_told_of(desk, local, bob):
    local.answers["/do"] = answer(400, b'{"errorMessages": ["secret-token is wrong"]}', content_type="application/json")
    asked = ask(desk, "a", "close", acting_person=bob)
    send_waiting()
    asked.refresh_from_db()
    assert "is wrong" in asked.said
    assert "secret-token" not in asked.said


def test_it_goes_nowhere_that_the_source_may_not_be_fetched_from(desk, local, bob):
    actions.update_source(desk, allowed_hosts=[], acting_person=None, pull_from=local.url(), token="")
    asked = ask(desk, "a", "close", acting_person=bob)
    send_waiting()
    asked.refresh_from_db()
    assert "private network" in asked.said
    assert local.seen == []


def test_what_was_settled_long_ago_is_forgotten_and_what_waits_is_not(desk, local, bob):
    ask(desk, "a", "close", acting_person=bob)
    send_waiting()
    waiting = ask(desk, "b", "close", acting_person=bob)
    assert write_back_sending.forget_old() == 0
    WriteBack.objects.update(created_at=timezone.now() - timedelta(days=91))
    WriteBack.objects.filter(state=State.SENT).update(settled_at=timezone.now() - timedelta(days=91))
    assert "ingestion.write_backs" in schedules.schedules()
    assert write_back_sending.forget_old() == 1
    assert WriteBack.objects.get() == waiting


def test_export_and_erasure_reach_what_was_written_back(desk, bob, alice):
    ask(desk, "a", "say", {"text": "private"}, acting_person=bob)
    ask(desk, "a", "say", {"text": "hers"}, acting_person=alice)
    (told,) = export_write_backs(bob)["write_backs"]
    assert (told["source"], told["data"]) == ("desk", {"text": "private"})
    assert forget_write_backs(bob) == 1
    assert WriteBack.objects.get().person == alice
