"""What looks like an accident at the source waits for a person, and readers keep what they had."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from wagtail.models import ModelLogEntry

from portal.ingestion import actions, pull, runner, survey
from portal.ingestion.freshness import freshness
from portal.ingestion.inbox import open_body, receive
from portal.ingestion.models import Delivery, Run, Source
from portal.ingestion.preview import preview
from portal.testing.adapters import deliver, make_source
from tests.portal.ingestion.server import answer


def lines(count, text="text", start=0):
    return b"".join(b"n%d;%s\n" % (number, text.encode()) for number in range(start, start + count))


def held(source):
    return [delivery.error for delivery in source.deliveries.held()]


def test_a_source_that_suddenly_delivers_nothing_is_held(source, texts, moment):
    deliver(source, b"a;one\n", sent_at=moment(1))
    run = deliver(source, b"", sent_at=moment(2))
    assert (run.state, run.delivery.state) == (Run.State.HELD, Delivery.State.HELD)
    assert held(source) == ["It delivers nothing; the source had 1 items."]
    assert run.error == run.delivery.error
    assert texts() == {"a": "one"}
    assert source.last_success_at == moment(1)
    assert source.covered_at == moment(1)
    assert not source.records.exclude(missing_since=None).exists()


def test_more_than_the_set_share_gone_or_changed_is_held_and_what_is_below_goes_in(source, texts, moment):
    deliver(source, lines(20), sent_at=moment(1))
    run = deliver(source, lines(10, start=4, text="new") + lines(4), sent_at=moment(2))
    assert run.state == Run.State.HELD
    assert run.counts == {
        "read": 14, "new": 0, "changed": 10, "unchanged": 4, "older": 0, "rejected": 0, "missing": 6,
    }  # fmt: skip
    assert held(source) == [
        "Of 20 items it would mark 6 as missing and change 10: 80%, more than the 50% that are let through."
    ]
    assert texts() == {f"n{number}": "text" for number in range(20)}
    assert deliver(source, lines(10), sent_at=moment(3)).state == Run.State.DONE
    assert sum("missing" in text for text in texts().values()) == 10


def test_new_items_alone_are_nothing_to_hold(source, moment):
    deliver(source, lines(10), sent_at=moment(1))
    assert deliver(source, lines(500), sent_at=moment(2)).state == Run.State.DONE


def test_a_small_source_may_change_as_a_whole(source, moment):
    deliver(source, lines(survey.SMALL - 1), sent_at=moment(1))
    assert deliver(source, lines(3, text="new"), sent_at=moment(2)).state == Run.State.DONE


def test_the_share_is_set_by_source_and_none_holds_nothing(source, texts, moment):
    actions.update_source(source, hold_share=10, acting_person=None)
    deliver(source, lines(20), sent_at=moment(1))
    assert deliver(source, lines(17), sent_at=moment(2)).state == Run.State.HELD
    actions.update_source(source, hold_share=None, acting_person=None)
    assert runner.run_waiting() == 1  # the held one, looked at again
    assert deliver(source, b"", sent_at=moment(3)).state == Run.State.DONE
    assert all(text.endswith("(missing)") for text in texts().values())


def test_a_share_is_a_percentage(source):
    with pytest.raises(ValidationError):
        actions.update_source(source, hold_share=101, acting_person=None)


def test_the_first_delivery_is_never_held_also_when_it_took_two_attempts(source, monkeypatch, moment):
    assert deliver(source, b"", sent_at=moment(1)).state == Run.State.DONE
    Source.objects.update(last_success_at=None)  # as after a first attempt that was cut off in the middle
    deliver(source, lines(20), sent_at=moment(2))
    Source.objects.update(last_success_at=None)
    assert deliver(source, lines(20, text="other"), sent_at=moment(3)).state == Run.State.DONE


def test_confirmed_it_is_applied_as_it_is(source, texts, moment, ida):
    deliver(source, lines(20), sent_at=moment(1))
    delivery = deliver(source, b"", sent_at=moment(2)).delivery
    actions.confirm_delivery(delivery, acting_person=ida)
    assert delivery.state == Delivery.State.WAITING
    assert runner.run_waiting() == 1
    assert set(texts().values()) == {"text (missing)"}
    delivery.refresh_from_db()
    assert (delivery.state, delivery.error) == (Delivery.State.APPLIED, "")
    log = ModelLogEntry.objects.filter(action="folkmoot.source.run").last()
    assert (log.user, log.data) == (ida, {"confirmed": str(delivery.receipt)})


def test_confirmed_and_cut_off_it_stays_confirmed(source, monkeypatch, moment):
    deliver(source, lines(20), sent_at=moment(1))
    delivery = deliver(source, lines(20, text="new"), sent_at=moment(2)).delivery
    actions.confirm_delivery(delivery, acting_person=None)
    with monkeypatch.context() as patch:
        patch.setattr(runner, "_settle", lambda *_args: 1 / 0)
        assert runner.run(delivery).state == Run.State.FAILED
    Source.objects.update(hold_share=0)
    assert runner.run(delivery).state == Run.State.DONE


def test_discarded_it_is_never_applied_but_can_be_read(source, texts, moment, ida):
    deliver(source, lines(20), sent_at=moment(1))
    delivery = deliver(source, lines(1), sent_at=moment(2)).delivery
    actions.discard_delivery(delivery, acting_person=ida)
    assert delivery.state == Delivery.State.DISCARDED
    assert runner.run_waiting() == 0
    assert actions.replay(source, acting_person=None) == 0
    assert set(texts().values()) == {"text"}
    assert open_body(delivery).read() == lines(1)


def test_only_what_is_held_can_be_decided_and_only_by_central_it(source, alice, moment):
    done = deliver(source, lines(20), sent_at=moment(1)).delivery
    delivery = deliver(source, b"", sent_at=moment(2)).delivery
    for decide in (actions.confirm_delivery, actions.discard_delivery):
        with pytest.raises(PermissionDenied):
            decide(delivery, acting_person=alice)
        with pytest.raises(ValidationError, match="not held"):
            decide(done, acting_person=None)
    delivery.refresh_from_db()
    assert delivery.state == Delivery.State.HELD


def test_a_newer_delivery_that_is_as_expected_takes_the_place_of_a_held_one(source, texts, moment):
    deliver(source, lines(20), sent_at=moment(1))
    bad = deliver(source, b"", sent_at=moment(2)).delivery
    assert deliver(source, lines(21), sent_at=moment(3)).state == Run.State.DONE
    bad.refresh_from_db()
    assert (bad.state, bad.error) == (Delivery.State.DISCARDED, "A newer delivery took its place.")
    assert len(texts()) == 21


def test_an_older_one_that_comes_late_is_judged_by_itself_and_the_held_one_stays(source, texts, moment):
    deliver(source, lines(20), sent_at=moment(1))
    deliver(source, b"", sent_at=moment(3))
    assert deliver(source, lines(21), sent_at=moment(2)).state == Run.State.DONE
    assert len(held(source)) == 1
    assert len(texts()) == 21
    older = receive(source, lines(1), moment(2) + timedelta(seconds=1), "push")
    runner.run(older)
    older.refresh_from_db()
    assert older.state == Delivery.State.DISCARDED
    assert len(held(source)) == 1


def test_the_same_again_stays_held_once(source, moment):
    deliver(source, lines(20), sent_at=moment(1))
    first = deliver(source, b"", sent_at=moment(2)).delivery
    assert receive(source, b"", moment(2), "push") == first
    again = deliver(source, b"", sent_at=moment(3)).delivery
    assert list(source.deliveries.held()) == [again]


def test_of_a_source_that_sends_news_every_held_delivery_is_kept_but_the_same_one_once(news, texts, moment):
    deliver(news, lines(20), sent_at=moment(1))
    deliver(news, lines(11, text="b"), sent_at=moment(2))
    deliver(news, lines(12, text="c"), sent_at=moment(3))
    deliver(news, lines(11, text="b"), sent_at=moment(4))
    assert deliver(news, b"n19;single\n", sent_at=moment(5)).state == Run.State.DONE
    assert len(held(news)) == 2
    assert news.last_success_at == moment(5)
    assert deliver(news, b"", sent_at=moment(6)).state == Run.State.DONE  # no news is nothing sudden
    assert (texts()["n0"], texts()["n19"]) == ("text", "single")


def test_other_settings_change_every_item_and_that_is_nothing_to_hold(source, moment):
    deliver(source, b"".join(b"n%d;a|b\n" % number for number in range(20)), sent_at=moment(1))
    actions.update_source(source, settings={"width": 40}, acting_person=None)
    assert runner.run_waiting() == 1
    assert source.runs.first().state == Run.State.DONE
    assert source.runs.first().counts["changed"] == 20
    assert deliver(source, lines(20, text="new"), sent_at=moment(2)).state == Run.State.HELD


def test_other_settings_are_applied_to_the_newest_applied_delivery_and_the_held_one_is_judged_anew(source, moment):
    deliver(source, lines(20), sent_at=moment(1))
    deliver(source, b"", sent_at=moment(2))
    actions.update_source(source, settings={"width": 40}, acting_person=None)
    assert runner.run_waiting() + runner.run_waiting() == 2
    assert [run.state for run in source.runs.order_by("pk")][2:] == [Run.State.DONE, Run.State.HELD]


def test_an_item_that_is_refused_is_not_counted_as_gone(source, moment):
    actions.update_source(source, hold_share=None, acting_person=None)
    deliver(source, lines(20), sent_at=moment(1))
    refused = b"".join(b"n%d;bad\n" % number for number in range(20))
    assert deliver(source, refused, sent_at=moment(2)).state == Run.State.DONE
    assert deliver(source, b"nonsense\n", sent_at=moment(3)).state == Run.State.DONE
    assert not source.records.exclude(missing_since=None).exists()


def test_of_a_name_that_comes_twice_in_a_delivery_the_later_wins_whatever_was_known(source, texts, monkeypatch, moment):
    monkeypatch.setattr(runner, "BATCH", 1)
    deliver(source, b"a;one\nb;two\n", sent_at=moment(1))
    deliver(source, b"a;other\nb;two\na;one\n", sent_at=moment(2))
    assert texts() == {"a": "one", "b": "two"}
    deliver(source, b"a;one\nb;two\na;other\n", sent_at=moment(3))
    assert texts() == {"a": "other", "b": "two"}


def test_a_test_says_that_it_would_be_held(source, moment):
    deliver(source, lines(20), sent_at=moment(1))
    delivery = receive(source, b"", moment(2), "push")
    assert "It delivers nothing" in preview(source, open_body(delivery)).held
    assert preview(source, open_body(source.deliveries.in_order().first())).held == ""


def test_other_sources_go_on_and_readers_see_how_old_the_held_one_is(source, news, texts, moment):
    deliver(source, lines(20), sent_at=moment(1))
    receive(source, b"", moment(2), "push")
    receive(news, b"z;new\n", moment(3), "push")
    assert runner.run_waiting() + runner.run_waiting() + runner.run_waiting() == 2
    assert texts()["z"] == "new"
    source.refresh_from_db()
    assert freshness(source).read_at == moment(1)


def test_while_a_pull_is_held_the_same_answer_is_neither_kept_again_nor_fresh(local, emergency, moment):
    local.answers["/"] = answer(body=lines(20), content_type="text/csv")
    made = make_source(
        "synthetic.lines", department=emergency, pull_from=local.url(), schedule="0 0 1 1 *", allowed_hosts=[local.host]
    )

    def pulled():
        Source.objects.update(next_run_at=timezone.now())
        pull.run_due()
        runner.run_waiting()
        made.refresh_from_db()
        return made.last_success_at

    first = pulled()
    local.answers["/"] = answer(body=b"", content_type="text/csv")
    assert pulled() == pulled() == first
    assert made.deliveries.count() == 2
    assert len(held(made)) == 1
    local.answers["/"] = answer(body=lines(20), content_type="text/csv")
    assert pulled() > first
    assert held(made) == []


def test_what_a_sudden_change_is_costs_queries_by_batches_not_by_items(source, settings, moment):
    settings.FOLKMOOT_STAMP_SECONDS = 3600
    deliver(source, lines(400), sent_at=moment(1))

    def queries(count, minute):
        delivery = receive(source, lines(count), moment(minute), "push")
        with CaptureQueriesContext(connection) as captured:
            assert runner.run(delivery).state == Run.State.HELD
        return len(captured)

    queries(5, 2)
    assert queries(10, 3) == queries(190, 4)
