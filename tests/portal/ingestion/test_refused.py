"""What is refused is no news: held when it is sudden, it makes nothing fresher, and who keeps the source is told."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from portal.ingestion import actions, pull, runner
from portal.ingestion.console.states import state_of
from portal.ingestion.models import Delivery, Run, Source
from portal.ingestion.preview import preview
from portal.testing.adapters import deliver, make_source
from tests.portal.ingestion.server import answer
from tests.portal.ingestion.test_holding import held, lines
from tests.portal.ingestion.test_trouble import inbox


@pytest.fixture
def told(source, bob, ida):
    return actions.update_source(source, told=[bob], acting_person=None)


def renamed(count):
    """Rows without a column that is needed, so that nobody can tell which items they are."""
    return b"".join(b"text%d\n" % number for number in range(count))


@pytest.mark.parametrize("body", [lines(20, text="bad"), renamed(20), lines(8) + lines(12, text="bad", start=8)])
def test_a_delivery_that_would_refuse_most_of_what_is_there_is_held(source, texts, moment, body):
    deliver(source, lines(20), sent_at=moment(1))
    run = deliver(source, body, sent_at=moment(2))
    assert run.state == Run.State.HELD
    (reason,) = held(source)
    refused = 12 if b"text\n" in body else 20
    assert reason == (
        f"Of 20 items it would mark 0 as missing, change 0 and refuse {refused}: {refused * 5}%, "
        "more than the 50% that are let through."
    )
    assert texts() == {f"n{number}": "text" for number in range(20)}
    assert source.last_success_at == moment(1)


def test_a_test_says_so_too(source, tmp_path, moment):
    deliver(source, lines(20), sent_at=moment(1))
    body = tmp_path / "body"
    body.write_bytes(renamed(20))
    with body.open("rb") as payload:
        assert "refuse 20" in preview(source, payload).held


def test_below_the_share_what_can_be_used_goes_in(source, moment):
    deliver(source, lines(20), sent_at=moment(1))
    run = deliver(source, lines(12) + lines(8, text="bad", start=12), sent_at=moment(2))
    assert (run.state, run.error, run.counts["rejected"]) == (Run.State.DONE, "", 8)
    assert source.last_success_at == moment(2)


def test_new_items_that_are_refused_take_nothing_away(source, moment):
    deliver(source, lines(20), sent_at=moment(1))
    run = deliver(source, lines(20) + lines(30, text="bad", start=20), sent_at=moment(2))
    assert run.state == Run.State.DONE


def test_what_was_refused_before_is_nothing_sudden(source, moment):
    deliver(source, lines(20), sent_at=moment(1))
    mixed = lines(8) + lines(12, text="bad", start=8)
    actions.confirm_delivery(deliver(source, mixed, sent_at=moment(2)).delivery, acting_person=None)
    runner.run_waiting()
    assert deliver(source, mixed, sent_at=moment(3)).state == Run.State.DONE


@pytest.mark.parametrize("body", [lines(5, text="bad"), renamed(5), b"n0;bad\n"])
def test_a_delivery_of_which_nothing_could_be_used_makes_nothing_fresher_and_takes_nothing_away(
    told, texts, moment, body
):
    deliver(told, lines(5), sent_at=moment(1))
    run = deliver(told, body, sent_at=moment(2))
    assert (run.state, run.delivery.state) == (Run.State.DONE, Delivery.State.APPLIED)
    assert run.error.startswith(f"None of the {run.counts['read']} items could be used; the first: row 1: there is no")
    assert run.error == run.delivery.error == told.last_error
    assert (told.last_success_at, told.covered_at) == (moment(1), moment(1))
    assert texts() == {f"n{number}": "text" for number in range(5)}
    assert [one[:2] for one in inbox() if one[1] == "failing"] == [("bob", "failing")]
    assert state_of(told, rejected=5).words == "failing"
    deliver(told, lines(5), sent_at=moment(3))
    assert (told.last_success_at, told.last_error) == (moment(3), "")


def test_a_first_delivery_of_which_nothing_could_be_used_leaves_a_source_that_was_never_read(source, moment):
    deliver(source, lines(3, text="bad"), sent_at=moment(1))
    assert source.last_success_at is None
    assert "None of the 3 items" in source.last_error


def test_an_item_that_cannot_be_stored_is_as_little_use(source, moment):
    deliver(source, b"a;one\n", sent_at=moment(1))
    deliver(source, b"a;poison\n", sent_at=moment(2))
    assert source.last_success_at == moment(1)
    assert "None of the 1 items" in source.last_error


def test_that_it_still_says_the_same_does_not_make_it_fresh(local, emergency, moment):
    local.answers["/"] = answer(body=lines(3, text="bad"), content_type="text/csv")
    reached = {"pull_from": local.url(), "allowed_hosts": [local.host]}
    source = make_source("synthetic.lines", department=emergency, schedule="* * * * *", **reached)
    for _time in range(2):
        Source.objects.update(next_run_at=timezone.now() - timedelta(seconds=1))
        pull.run_due()
        runner.run_waiting()
    source.refresh_from_db()
    assert source.deliveries.count() == 1
    assert source.last_success_at is None
    assert "None of the 3 items" in source.last_error


def test_the_first_refusals_are_told_once_and_again_when_none_were_left(told, moment):
    some = lines(4) + b"x;bad\n"
    deliver(told, lines(4), sent_at=moment(1))
    assert inbox() == []
    deliver(told, some, sent_at=moment(2))
    assert inbox() == [("bob", "refused", "there is no text; add one")]
    deliver(told, some, sent_at=moment(3))
    deliver(told, some + b"y;bad\n", sent_at=moment(4))
    assert inbox() == []
    deliver(told, lines(4), sent_at=moment(5))
    deliver(told, some, sent_at=moment(6))
    assert [one[1] for one in inbox()] == ["refused"]


def test_they_are_told_once_however_often_the_run_is_cut_off(told, moment, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(runner, "_settle", lambda *_args: 1 / 0)
        run = deliver(told, b"a;one\nx;bad\n", sent_at=moment(1))
    assert [one[1] for one in inbox()] == ["refused"]
    runner.run(run.delivery)
    assert inbox() == []


def test_the_state_says_how_many_items_are_refused_and_readers_keep_what_they_had(source, as_ida, moment):
    deliver(source, lines(4), sent_at=timezone.now() - timedelta(minutes=5))
    deliver(source, lines(2) + b"n2;bad\nn3;bad\n")
    assert state_of(source, rejected=2).words == "fresh, 2 items refused"
    assert state_of(source, rejected=1).words == "fresh, 1 item refused"
    for address in ("/admin/sources/", f"/admin/sources/source/{source.slug}/"):
        assert "fresh, 2 items refused" in as_ida.get(address).content.decode()
