"""Whoever keeps a source is told when it begins to fail, is held and is well again: once each, and nobody else."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from portal.host.privacy import erase_person, export_person
from portal.host.registry import registry
from portal.ingestion import actions, pull, runner, trouble
from portal.ingestion.inbox import receive
from portal.ingestion.models import Delivery, Source
from portal.notifications.actions import mark_read
from portal.notifications.models import Notification
from portal.people.actions import deactivate_person
from portal.testing.adapters import deliver, make_source
from tests.portal.ingestion.server import answer
from tests.portal.ingestion.test_holding import lines


@pytest.fixture
def told(source, alice, bob, charlie, ida):
    actions.update_source(source, told=[bob], acting_person=None)
    return source


@pytest.fixture
def pulled(local, emergency, ida):
    local.answers["/"] = answer(404)
    reached = {"pull_from": local.url(), "allowed_hosts": [local.host]}
    return make_source("synthetic.lines", department=emergency, schedule="0 0 1 1 *", **reached)


def due():
    Source.objects.update(next_run_at=timezone.now() - timedelta(seconds=1))
    pull.run_due()
    runner.run_waiting()


def inbox():
    """(person, trouble, reason) of what is not read; reads it."""
    found = Notification.objects.unread().order_by("person__username")
    told = [(one.person.username, one.data["trouble"], one.data["reason"]) for one in found.select_related("person")]
    for one in found.select_related("person"):
        mark_read(acting_person=one.person)
    return told


def fail_for_good(source, body, sent_at):
    delivery = receive(source, body, sent_at, "push")
    for _attempt in range(runner.ATTEMPTS):
        runner.run(delivery)
    return delivery


def test_a_delivery_that_fails_for_good_is_told_to_who_is_named_once_and_that_it_is_well_again(told, moment):
    deliver(told, b"a;one\nBROKEN\n", sent_at=moment(1))
    assert inbox() == []
    fail_for_good(told, b"BROKEN\n", moment(2))
    fail_for_good(told, b"BROKEN\nBROKEN\n", moment(3))
    assert inbox() == [("bob", "failing", "row 1: this is not a list of lines")]
    deliver(told, b"a;one\n", sent_at=moment(4))
    deliver(told, b"a;two\n", sent_at=moment(5))
    assert inbox() == [("bob", "", "")]
    assert Notification.objects.count() == 1
    fail_for_good(told, b"BROKEN\n", moment(6))
    assert [one[1] for one in inbox()] == ["failing"]


def test_fetches_that_fail_in_a_row_are_told_when_there_are_several(pulled, local):
    for _time in range(trouble.FAILURES - 1):
        due()
    assert inbox() == []
    due()
    due()
    assert [one[:2] for one in inbox()] == [("ida", "failing")]
    local.answers["/"] = answer(body=b"a;one\n", content_type="text/csv")
    due()
    assert inbox() == [("ida", "", "")]


def test_without_anybody_named_or_when_they_have_left_central_it_is_told(source, bob, charlie, ida, moment):
    fail_for_good(source, b"BROKEN\n", moment(1))
    assert [one[0] for one in inbox()] == ["ida"]
    deliver(source, b"a;one\n", sent_at=moment(2))
    actions.update_source(source, told=[bob], acting_person=None)
    deactivate_person(bob, acting_person=None)
    inbox()
    fail_for_good(source, b"BROKEN\n", moment(3))
    assert [one[0] for one in inbox()] == ["ida"]


def test_what_is_held_is_told_with_its_reason_again_only_when_it_is_another(told, moment):
    deliver(told, lines(20), sent_at=moment(1))
    deliver(told, b"", sent_at=moment(2))
    assert inbox() == [("bob", "held", "It delivers nothing; the source had 20 items.")]
    deliver(told, b"", sent_at=moment(3))
    assert inbox() == []
    deliver(told, lines(1), sent_at=moment(4))
    assert [one[1] for one in inbox()] == ["held"]
    deliver(told, lines(20), sent_at=moment(5))
    assert inbox() == [("bob", "", "")]


def test_who_discards_a_held_delivery_need_not_be_told_that_it_is_over(told, ida, moment):
    deliver(told, lines(20), sent_at=moment(1))
    deliver(told, b"", sent_at=moment(2))
    inbox()
    actions.discard_delivery(told.deliveries.held().get(), acting_person=ida)
    deliver(told, lines(20), sent_at=moment(3))
    assert inbox() == []


def test_a_confirmed_delivery_that_went_in_is_told_as_well_again(told, ida, moment):
    deliver(told, lines(20), sent_at=moment(1))
    deliver(told, b"", sent_at=moment(2))
    inbox()
    actions.confirm_delivery(told.deliveries.held().get(), acting_person=ida)
    runner.run_waiting()
    assert inbox() == [("bob", "", "")]


def test_what_was_sent_before_a_failure_does_not_take_it_back(news, moment):
    newer = fail_for_good(news, b"BROKEN\n", moment(2))
    deliver(news, b"a;one\n", sent_at=moment(1))
    assert news.last_error == "row 1: this is not a list of lines"
    assert newer.sent_at == news.failed_at
    deliver(news, b"a;two\n", sent_at=moment(3))
    assert (news.last_error, news.failed_at) == ("", None)


def test_a_failing_fetch_is_not_taken_back_by_what_waited_before_it(pulled):
    receive(pulled, b"a;one\n", timezone.now() - timedelta(minutes=1), "push")
    Source.objects.update(next_run_at=timezone.now())
    pull.run_due()
    assert runner.run_waiting() == 1
    pulled.refresh_from_db()
    assert pulled.deliveries.get().state == Delivery.State.APPLIED
    assert "404" in pulled.last_error
    assert pulled.failures == 1


def test_it_reads_as_a_sentence_and_leaks_to_nobody_else(told, as_bob, as_charlie, as_alice, moment):
    deliver(told, lines(20), sent_at=moment(1))
    deliver(told, b"", sent_at=moment(2))
    page = as_bob.get("/notifications/").content.decode()
    assert "A delivery of the source “the lab system” waits for you to confirm it." in page
    assert "It delivers nothing; the source had 20 items." in page
    for other in (as_charlie, as_alice):
        assert "the lab system" not in other.get("/notifications/").content.decode()


def test_central_it_is_led_to_the_page_of_the_source_others_who_cannot_open_it_are_not(told, bob, ida, moment):
    actions.update_source(told, told=[bob, ida], acting_person=None)
    fail_for_good(told, b"BROKEN\n", moment(1))
    urls = {
        one.person.username: trouble.NOTIFICATION.render(one.data).url
        for one in Notification.objects.select_related("person")
    }
    assert urls == {"bob": "", "ida": "/admin/sources/source/lab-notes/"}


def test_whoever_is_erased_is_named_no_longer(told, bob, monkeypatch):
    monkeypatch.setattr(registry, "_plugins", {})
    assert export_person(bob)["ingestion"] == {"told_of_sources": ["lab-notes"]}
    erase_person(bob, acting_person=None)
    assert not told.told.exists()
