"""Applying deliveries: twice, late, out of order, cut off or poisoned, the end is the same."""

from __future__ import annotations

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from portal.catalogue.models import Entry
from portal.host import rules
from portal.ingestion import actions, lease, runner, spool
from portal.ingestion.inbox import open_body, receive
from portal.ingestion.models import Delivery, Run, Source
from portal.jobs.models import Lease
from portal.testing.adapters import deliver
from tests.portal.ingestion.synthetic import TWO, LineAdapter


def test_items_get_the_home_and_the_audience_of_their_source(source, emergency, bob, charlie):
    deliver(source, TWO)
    assert [e.title for e in Entry.objects.visible_to(bob).order_by("pk")] == ["one", "two"]
    assert not Entry.objects.visible_to(charlie).exists()
    assert {e.department_id for e in Entry.objects.all()} == {emergency.pk}


def test_two_deliveries_are_applied_in_the_order_of_sending(source, texts, moment):
    receive(source, b"a;new\n", moment(2), "push")
    receive(source, TWO, moment(1), "push")
    assert runner.run_waiting() + runner.run_waiting() + runner.run_waiting() == 2
    assert texts() == {"a": "new", "b": "two (missing)"}


def test_an_older_delivery_that_comes_late_is_ignored(source, texts, moment):
    deliver(source, b"a;new\n", sent_at=moment(2))
    late = deliver(source, TWO, sent_at=moment(1))
    assert (late.state, late.delivery.state) == (Run.State.IGNORED, Delivery.State.IGNORED)
    assert (
        late.error
        == late.delivery.error
        == ("A newer delivery was applied before this one; nothing of this one was used.")
    )
    assert texts() == {"a": "new"}
    assert source.last_error == ""


def test_a_late_partial_delivery_brings_only_what_is_not_known_newer(news, texts, moment):
    deliver(news, b"a;new\n", sent_at=moment(2))
    late = deliver(news, TWO, sent_at=moment(1))
    assert (late.counts["older"], late.counts["new"]) == (1, 1)
    assert texts() == {"a": "new", "b": "two"}


def test_an_item_confirmed_unchanged_is_not_overwritten_by_an_older_one(news, texts, moment):
    deliver(news, b"a;one\n", sent_at=moment(1))
    deliver(news, b"a;one\n", sent_at=moment(3))
    deliver(news, b"a;between\n", sent_at=moment(2))
    assert texts() == {"a": "one"}


def test_of_one_name_twice_in_a_delivery_the_later_wins(source, texts, monkeypatch):
    deliver(source, b"a;first\nb;two\na;last\n")
    assert texts() == {"a": "last", "b": "two"}
    monkeypatch.setattr(runner, "BATCH", 1)
    deliver(source, b"c;first\nb;two\nc;last\n")
    assert texts()["c"] == "last"


def test_what_comes_twice_in_a_first_delivery_is_one_new_item(source, texts, monkeypatch):
    monkeypatch.setattr(runner, "BATCH", 1)
    run = deliver(source, b"a;first\nb;two\na;last\n")
    assert (run.counts["read"], run.counts["new"], run.counts["changed"]) == (3, 2, 0)
    assert texts() == {"a": "last", "b": "two"}


def test_deliveries_of_one_second_keep_the_order_they_came_in(source, texts, moment):
    first = receive(source, b"a;one\nb;two\n", moment(1), "push")
    second = receive(source, b"a;later\n", moment(1), "push")
    assert first.sent_at < second.sent_at
    runner.run(first)
    runner.run(second)
    assert texts() == {"a": "later", "b": "two (missing)"}


def test_the_same_delivery_twice_is_one(source, moment):
    first = receive(source, TWO, moment(1), "push")
    assert receive(source, TWO, moment(1), "push") == first
    assert receive(source, TWO, moment(2), "push") != first
    assert source.deliveries.count() == 2


def never_read(self, payload, source):
    raise AssertionError("it was read again")


def test_what_says_the_same_as_what_was_applied_last_is_not_read_again_and_counts_as_fresh(
    source, texts, monkeypatch, moment
):
    deliver(source, TWO, sent_at=moment(1))
    with monkeypatch.context() as patch:
        patch.setattr(LineAdapter, "read", never_read)
        again = deliver(source, TWO, sent_at=moment(2))
    assert (again.state, again.counts["read"], again.counts["unchanged"]) == (Run.State.DONE, 2, 2)
    assert source.last_success_at == source.covered_at == moment(2)
    deliver(source, b"a;new\n", sent_at=moment(3))
    deliver(source, TWO, sent_at=moment(4))
    assert texts() == {"a": "one", "b": "two"}


def test_it_is_read_again_when_something_came_between_although_that_failed_half_way(source, texts, monkeypatch, moment):
    deliver(source, TWO, sent_at=moment(1))
    monkeypatch.setattr(runner, "BATCH", 1)
    with monkeypatch.context() as patch:
        patch.setattr(runner, "_settle", lambda *_args: 1 / 0)
        assert deliver(source, b"a;new\nb;new\n", sent_at=moment(2)).state == Run.State.FAILED
    assert texts() == {"a": "new", "b": "new"}
    deliver(source, TWO, sent_at=moment(3))
    assert texts() == {"a": "one", "b": "two"}


@pytest.mark.parametrize("why", ["settings", "rejections", "by hand", "news", "another day"])
def test_the_same_is_read_again_where_it_may_mean_something_else(source, news, why, monkeypatch, moment):
    source = news if why == "news" else source
    body = b"x;bad\n" + TWO if why == "rejections" else TWO
    deliver(source, body, sent_at=moment(1))
    if why == "settings":
        actions.update_source(source, settings={"width": 40}, acting_person=None)
        runner.run_waiting()
        Source.objects.update(settings={"separator": ";", "width": 41})
    if why == "another day":
        monkeypatch.setattr(LineAdapter, "moves_with_time", True)
    monkeypatch.setattr(LineAdapter, "read", never_read)
    again = receive(source, body, moment(2), "push")
    run = runner.run(again, trigger=Run.Trigger.COMMAND if why == "by hand" else Run.Trigger.PUSH)
    assert "it was read again" in run.error


def test_what_is_missing_is_marked_and_comes_back(source, texts, moment):
    deliver(source, TWO, sent_at=moment(1))
    deliver(source, b"a;one\n", sent_at=moment(2))
    assert texts() == {"a": "one", "b": "two (missing)"}
    deliver(source, TWO, sent_at=moment(3))
    assert texts() == {"a": "one", "b": "two"}


def test_killed_in_the_middle_and_run_again_gives_the_same_end(source, texts, monkeypatch):
    body = b"".join(b"n%d;text %d\n" % (number, number) for number in range(10))
    apply, calls = LineAdapter.apply, []

    def cut_off(self, source, items):
        calls.append(len(items))
        if len(calls) == 2:
            raise SystemExit
        apply(self, source, items)

    monkeypatch.setattr(runner, "BATCH", 4)
    monkeypatch.setattr(LineAdapter, "apply", cut_off)
    with pytest.raises(SystemExit):
        deliver(source, body)
    assert len(texts()) == source.records.count() == 4
    Lease.objects.update(until=timezone.now() - lease.LENGTH)  # a killed worker gives nothing back
    run = runner.run(source.deliveries.get())
    assert run.counts == {
        "read": 10, "new": 6, "changed": 0, "unchanged": 4, "older": 0, "rejected": 0, "missing": 0,
    }  # fmt: skip
    assert texts() == {f"n{number}": f"text {number}" for number in range(10)}
    assert [r.state for r in source.runs.order_by("pk")] == [Run.State.FAILED, Run.State.DONE]


def test_an_error_in_the_middle_is_tried_again_later(source, texts, monkeypatch):
    monkeypatch.setattr(runner, "BATCH", 1)
    apply = LineAdapter.apply

    def no_database(self, source, items):
        if items[0].external_id == "b":
            raise OperationalError("the database is gone")
        apply(self, source, items)

    with monkeypatch.context() as patch:
        patch.setattr(LineAdapter, "apply", no_database)
        failed = deliver(source, TWO)
    assert failed.error == "OperationalError: the database is gone"
    assert texts() == {"a": "one"}
    delivery = source.deliveries.get()
    assert (delivery.state, delivery.attempts) == (Delivery.State.WAITING, 1)
    assert runner.run_waiting() == 0
    Delivery.objects.update(retry_at=timezone.now())
    assert runner.run_waiting() == 1
    assert texts() == {"a": "one", "b": "two"}
    source.refresh_from_db()
    assert source.last_error == ""


def test_what_cannot_be_read_is_put_aside_in_the_end_and_the_queue_moves_on(source, texts, moment):
    broken = receive(source, b"a;one\nBROKEN\n", moment(1), "push")
    waits = []
    for _attempt in range(runner.ATTEMPTS):
        runner.run(broken)
        broken.refresh_from_db()
        waits.append(broken.retry_at and round((broken.retry_at - timezone.now()).total_seconds() / 60))
    assert waits == [1, 2, 4, 8, None]
    assert broken.state == Delivery.State.FAILED
    assert "row 2" in broken.error
    assert open_body(broken).read() == b"a;one\nBROKEN\n"
    assert texts() == {}
    deliver(source, TWO, sent_at=moment(2))
    assert texts() == {"a": "one", "b": "two"}


def test_a_delivery_waiting_for_another_attempt_holds_up_nobody(source, texts, moment):
    deliver(source, b"BROKEN\n", sent_at=moment(1))
    receive(source, TWO, moment(2), "push")
    assert runner.run_waiting() == 1
    assert texts() == {"a": "one", "b": "two"}


def test_a_large_delivery_that_breaks_off_changes_nothing(source, texts, monkeypatch):
    monkeypatch.setattr(spool, "IN_MEMORY", 2)
    monkeypatch.setattr(runner, "BATCH", 1)
    deliver(source, b"a;one\nb;two\nc;three\nBROKEN\n")
    assert texts() == {}
    deliver(source, b"a;one\nb;two\nc;three\n")
    assert texts() == {"a": "one", "b": "two", "c": "three"}


def test_while_off_at_home_deliveries_wait_and_are_applied_in_order_later(source, emergency, texts, moment):
    rules.set_rule("synthetic", emergency, rules.OFF, acting_person=None)
    receive(source, TWO, moment(1), "push")
    receive(source, b"a;new\n", moment(2), "push")
    assert runner.run_waiting() == 0
    rules.set_rule("synthetic", emergency, rules.ON, acting_person=None)
    assert runner.run_waiting() + runner.run_waiting() == 2
    assert texts() == {"a": "new", "b": "two (missing)"}


def test_off_elsewhere_does_not_matter(source, laboratory, texts):
    rules.set_rule("synthetic", laboratory, rules.OFF, acting_person=None)
    deliver(source, TWO)
    assert len(texts()) == 2


def test_a_paused_source_keeps_what_is_sent(source, texts, moment):
    actions.pause_source(source, acting_person=None)
    receive(source, TWO, moment(1), "push")
    assert runner.run_waiting() == 0
    actions.resume_source(source, acting_person=None)
    assert runner.run_waiting() == 1
    assert len(texts()) == 2


def test_two_workers_do_not_run_one_source_at_once(source, moment):
    delivery = receive(source, TWO, moment(1), "push")
    with lease.lease_on(source) as first:
        assert first is not None
        assert runner.run(delivery) is None
    assert runner.run(delivery) is not None


def test_a_worker_that_lost_its_source_writes_nothing_more(source, texts, monkeypatch):
    monkeypatch.setattr(runner, "BATCH", 1)
    apply = LineAdapter.apply

    def slow(self, source, items):
        apply(self, source, items)
        Lease.objects.filter(name__startswith="ingestion.source").update(owner="another")

    monkeypatch.setattr(LineAdapter, "apply", slow)
    deliver(source, TWO)
    assert texts() == {"a": "one"}
    assert source.deliveries.get().state == Delivery.State.WAITING


def test_a_new_audience_reaches_what_was_delivered_before(source, charlie):
    from portal.audience.expressions import EVERYONE

    deliver(source, TWO)
    assert not Entry.objects.visible_to(charlie).exists()
    actions.update_source(source, audience=EVERYONE, acting_person=None)
    assert Entry.objects.visible_to(charlie).count() == 2


def test_other_settings_are_applied_to_the_newest_delivery(source, texts):
    deliver(source, b"a|one;two\n")
    actions.update_source(source, settings={"separator": "|"}, acting_person=None)
    assert runner.run_waiting() == 1
    assert texts()["a"] == "one;two"


def test_the_queries_of_a_run_depend_on_batches_not_on_items(source, settings, moment):
    settings.FOLKMOOT_STAMP_SECONDS = 3600

    def queries(count, minute):
        body = b"".join(b"n%d;text\n" % number for number in range(count))
        with CaptureQueriesContext(connection) as captured:
            deliver(source, body, sent_at=moment(minute))
        return len(captured)

    queries(10, 1)  # interns the audience and the gate,
    queries(20, 2)  # which this process reads here
    few, many = queries(30, 3), queries(200, 4)
    # SQLite takes only so many entries in one statement, PostgreSQL all.
    at_once = connection.ops.bulk_batch_size(Entry._meta.concrete_fields, range(200))
    assert many - few <= 200 // at_once
