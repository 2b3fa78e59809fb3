"""Pulling by schedule, from a real server and from the drop folder."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from portal.host import rules
from portal.ingestion import actions, lease, lifecycle, pull, runner
from portal.ingestion.inbox import receive
from portal.ingestion.models import Delivery, Source
from portal.jobs import sweep
from portal.testing.adapters import make_source
from tests.portal.ingestion.server import answer
from tests.portal.ingestion.synthetic import LineAdapter


@pytest.fixture
def pulled(local, emergency):
    local.answers["/"] = answer(body=b"a;one\n", content_type="text/csv")
    return make_source(
        "synthetic.lines",
        slug="pulled",
        department=emergency,
        pull_from=local.url(),
        schedule="*/15 * * * *",
        allowed_hosts=[local.host],
        token="let me in",
    )


def due(source):
    Source.objects.filter(pk=source.pk).update(next_run_at=timezone.now() - timedelta(seconds=1))
    done = pull.run_due()
    source.refresh_from_db()
    return done


def test_a_new_source_is_pulled_at_once_and_applied_by_the_worker(pulled, local, texts):
    sweep.run_all()
    assert texts() == {"a": "one"}
    pulled.refresh_from_db()
    assert timezone.now() < pulled.next_run_at <= timezone.now() + timedelta(minutes=15)
    assert local.seen[0][1]["authorization"] == "Bearer let me in"


def test_what_is_not_due_is_not_fetched(pulled, local):
    due(pulled)
    assert pull.run_due() == 0
    assert len(local.seen) == 1


def test_the_same_answer_again_is_not_kept_twice_but_counts_as_fresh(pulled, local):
    due(pulled)
    runner.run_waiting()
    pulled.refresh_from_db()
    before = pulled.last_success_at
    due(pulled)
    assert pulled.deliveries.count() == 1
    assert pulled.last_success_at > before
    assert len(local.seen) == 2


def test_unchanged_is_not_fresh_while_what_was_sent_could_not_be_applied(pulled, local):
    local.answers["/"] = answer(body=b"BROKEN\n")
    due(pulled)
    runner.run_waiting()
    due(pulled)
    assert pulled.last_success_at is None
    assert "row 1" in pulled.last_error


def fails_for_good(source):
    due(source)
    for _attempt in range(runner.ATTEMPTS):
        source.deliveries.update(retry_at=None)
        runner.run_waiting()
    assert source.deliveries.get().state == Delivery.State.FAILED


def broken(*_args):
    raise RuntimeError("the adapter is broken")


def test_what_failed_for_good_is_tried_once_more_with_each_fetch_and_goes_in_when_it_can(pulled, texts, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(LineAdapter, "apply", broken)
        fails_for_good(pulled)
        due(pulled)
        assert (runner.run_waiting(), runner.run_waiting()) == (1, 0)
        assert pulled.deliveries.get().state == Delivery.State.FAILED
        assert pulled.runs.count() == runner.ATTEMPTS + 1
    due(pulled)
    assert runner.run_waiting() == 1
    pulled.refresh_from_db()
    delivery = pulled.deliveries.get()
    assert (delivery.state, delivery.error, pulled.last_error, pulled.trouble) == (Delivery.State.APPLIED, "", "", "")
    assert texts() == {"a": "one"}


def test_what_was_sent_after_a_failed_delivery_is_not_undone_by_trying_it_again(pulled, texts, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(LineAdapter, "apply", broken)
        fails_for_good(pulled)
    receive(pulled, b"a;pushed\n", timezone.now(), "push")
    runner.run_waiting()
    due(pulled)
    assert runner.run_waiting() == 0
    assert texts() == {"a": "pushed"}


def test_a_pushed_delivery_that_failed_for_good_is_replayed_by_hand_and_has_its_receipt(source, texts, monkeypatch):
    delivery = receive(source, b"a;one\n", timezone.now(), "push")
    with monkeypatch.context() as patch:
        patch.setattr(LineAdapter, "apply", broken)
        for _attempt in range(runner.ATTEMPTS):
            runner.run(delivery)
    delivery.refresh_from_db()
    assert delivery.state == Delivery.State.FAILED
    assert actions.replay(source, acting_person=None) == 1
    runner.run_waiting()
    delivery.refresh_from_db()
    assert (delivery.state, texts()) == (Delivery.State.APPLIED, {"a": "one"})


def test_a_failing_source_is_tried_again_sooner_and_ever_more_seldom(pulled, local):
    local.answers["/"] = answer(404)
    Source.objects.filter(pk=pulled.pk).update(schedule="0 0 1 1 *")
    waits = []
    for _time in range(3):
        due(pulled)
        waits.append(round((pulled.next_run_at - timezone.now()).total_seconds() / 60))
    assert waits == [1, 2, 4]
    assert "404" in pulled.last_error
    local.answers["/"] = answer(body=b"a;one\n")
    due(pulled)
    assert pulled.failures == 0
    assert pulled.next_run_at > timezone.now() + timedelta(hours=1) or timezone.localtime().day == 31


def test_a_source_that_asks_to_be_left_alone_is(pulled, local):
    local.answers["/"] = answer(429, retry_after="7200")
    due(pulled)
    assert pulled.next_run_at - timezone.now() > timedelta(minutes=119)


def test_two_workers_do_not_fetch_the_same(pulled, local):
    until = timezone.now() + timedelta(minutes=1)
    assert pull._claim(Source.objects.get(), until)
    assert not pull._claim(pulled, until)


def test_a_source_that_is_being_fetched_is_not_fetched_by_another_though_it_was_asked_for_again(pulled, local):
    with lease.fetching(pulled, timedelta(minutes=1)):
        assert due(pulled) == 0
        assert local.seen == []
    assert pull.run_due() == 1


def test_what_is_asked_for_while_it_is_fetched_is_fetched_after_it_with_the_new_settings(pulled, local, monkeypatch):
    fetch = pull.fetch_http

    def fetch_while_it_is_changed(source, **options):
        fetched = fetch(source, **options)
        if len(local.seen) == 1:
            actions.update_source(Source.objects.get(), settings={"separator": ";", "width": 7}, acting_person=None)
        return fetched

    monkeypatch.setattr(pull, "fetch_http", fetch_while_it_is_changed)
    assert due(pulled) == 1
    assert pull.run_due() == 1
    assert len(local.seen) == 2
    assert pulled.deliveries.count() == 2


def test_a_source_that_fails_is_tried_more_seldom_than_its_schedule_up_to_six_hours_until_somebody_asks(pulled, local):
    local.answers["/"] = answer(404)
    Source.objects.filter(pk=pulled.pk).update(schedule="* * * * *")
    waits = []
    for _time in range(11):
        due(pulled)
        waits.append(round((pulled.next_run_at - timezone.now()).total_seconds() / 60))
    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 360, 360]
    lifecycle.run_now(pulled, acting_person=None)
    assert pull.run_due() == 1
    pulled.refresh_from_db()
    assert pulled.next_run_at < timezone.now() + timedelta(minutes=2)


def test_an_adapter_that_raises_while_it_says_what_to_fetch_is_a_failing_source(pulled, monkeypatch):
    monkeypatch.setattr(LineAdapter, "pulled", broken)
    due(pulled)
    assert pulled.last_error == "RuntimeError: the adapter is broken"
    assert (pulled.failures, pulled.fetches.get().error) == (1, pulled.last_error)


def test_while_one_source_is_slow_the_others_are_fetched_and_none_twice(pulled, local, emergency, monkeypatch):
    reached = {"pull_from": local.url("/other"), "allowed_hosts": [local.host]}
    local.answers["/other"] = answer(body=b"b;two\n")
    make_source("synthetic.lines", slug="other", department=emergency, schedule="*/15 * * * *", **reached)
    fetch, meanwhile = pull.fetch_http, []

    def slow(source, **options):
        if source.slug == "pulled":
            meanwhile.extend([pull.run_due(), pull.run_due()])  # as another thread would
        return fetch(source, **options)

    monkeypatch.setattr(pull, "fetch_http", slow)
    Source.objects.update(next_run_at=timezone.now())
    Source.objects.filter(pk=pulled.pk).update(next_run_at=timezone.now() - timedelta(minutes=1))
    assert pull.run_due() == 1
    assert meanwhile == [1, 0]
    assert local.paths() == ["/other", "/"]


def test_a_worker_killed_while_fetching_costs_little(pulled, local, monkeypatch):
    def killed(*_args, **_options):
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr(pull, "fetch_http", killed)
        with pytest.raises(SystemExit):
            due(pulled)
    pulled.refresh_from_db()
    assert timezone.now() < pulled.next_run_at <= timezone.now() + pull.CLAIM + timedelta(seconds=30)


def test_while_the_plugin_is_off_nothing_is_fetched_and_then_at_once(pulled, local, emergency):
    rules.set_rule("synthetic", emergency, rules.OFF, acting_person=None)
    assert due(pulled) == 0
    rules.set_rule("synthetic", emergency, rules.ON, acting_person=None)
    assert pull.run_due() == 1
    assert len(local.seen) == 1


def test_a_paused_source_is_not_fetched(pulled, local):
    actions.pause_source(pulled, acting_person=None)
    assert due(pulled) == 0


def test_new_settings_make_the_next_pull_a_first_one(pulled, local):
    due(pulled)
    runner.run_waiting()
    actions.update_source(pulled, settings={"separator": "|"}, acting_person=None)
    assert pull.run_due() == 1
    assert pulled.deliveries.count() == 2


def test_a_file_is_pulled_when_it_changes(emergency, tmp_path, settings, texts):
    settings.FOLKMOOT_DROP_DIR = tmp_path
    (tmp_path / "lines.csv").write_bytes(b"a;one\n")
    source = make_source("synthetic.lines", department=emergency, pull_from="lines.csv", schedule="* * * * *")
    assert due(source) + runner.run_waiting() == 2
    assert due(source) + runner.run_waiting() == 1
    (tmp_path / "lines.csv").write_bytes(b"a;other\n")
    assert due(source) + runner.run_waiting() == 2
    assert texts() == {"a": "other"}
