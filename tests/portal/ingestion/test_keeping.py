"""What sources delivered is kept for so long and no longer."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from portal.ingestion import keeping
from portal.ingestion.inbox import receive
from portal.ingestion.models import Chunk, Delivery, RejectedItem, Run, Source
from portal.testing.adapters import deliver

TWO = b"a;one\nb;two\n"
BODIES, UNSETTLED, HISTORY = 14, 30, 365


def purge_all():
    for _round in range(20):
        if not keeping.purge():
            return
    raise AssertionError("it does not come to an end")


@pytest.fixture
def older():
    """Makes everything there is so many days older."""

    def change(days):
        past = timezone.now() - timedelta(days=days)
        Delivery.objects.update(received_at=past)
        Run.objects.update(started_at=past)

    return change


def bodies(source):
    return [delivery.chunks.exists() for delivery in source.deliveries.in_order()]


def test_bodies_of_old_applied_deliveries_are_forgotten_the_others_are_kept(source, moment, older):
    deliver(source, TWO, sent_at=moment(1))
    deliver(source, b"x;bad\n" + TWO, sent_at=moment(2))
    receive(source, TWO, moment(3), "push")
    older(BODIES - 1)
    assert keeping.purge() == 0
    older(BODIES)
    assert keeping.purge() == 1
    assert bodies(source) == [False, True, True]


def test_what_is_not_settled_has_a_last_limit_and_what_waits_has_none(source, moment, older):
    deliver(source, b"x;bad\n" + TWO, sent_at=moment(1))
    deliver(source, b"BROKEN\n", sent_at=moment(2)).delivery.chunks.get()
    Delivery.objects.filter(sent_at=moment(2)).update(state="failed")
    held = receive(source, b"", moment(3), "push")
    Delivery.objects.filter(pk=held.pk).update(state="held")
    Source.objects.update(trouble="held")
    receive(source, TWO, moment(4), "push")
    older(UNSETTLED - 1)
    purge_all()
    assert bodies(source) == [True, True, True, True]
    older(UNSETTLED)
    purge_all()
    assert bodies(source) == [False, False, False, True]
    held.refresh_from_db()
    assert (held.state, held.error) == ("discarded", "Nobody has decided for 30 days.")
    assert Source.objects.get().trouble == ""
    item = RejectedItem.objects.get()
    assert (item.state, item.raw, item.reason) == ("dropped", "", "there is no text; add one")


def test_a_rejected_item_that_is_still_delivered_stays_open(source, moment, older):
    deliver(source, b"x;bad\n" + TWO, sent_at=moment(1))
    older(UNSETTLED)
    deliver(source, b"x;bad\n" + TWO + b"c;three\n", sent_at=moment(2))
    purge_all()
    assert RejectedItem.objects.get().state == "open"
    assert RejectedItem.objects.get().raw


def test_history_ends_but_for_the_newest_delivery_of_each_source(source, news, moment, older):
    for number in (1, 2):
        deliver(source, b"x;bad\n" + TWO + b"%d;x\n" % number, sent_at=moment(number))
    deliver(news, TWO, sent_at=moment(1))
    waiting = receive(source, TWO, moment(0), "push")
    older(HISTORY - 1)
    purge_all()
    assert Delivery.objects.count() == 4
    older(HISTORY)
    purge_all()
    kept = set(Delivery.objects.values_list("source__slug", "sent_at"))
    assert kept == {("lab-notes", moment(2)), ("lab-news", moment(1)), ("lab-notes", moment(0))}
    assert Run.objects.count() == 2
    assert waiting.chunks.exists()


def test_large_amounts_go_in_portions(source, moment, older, monkeypatch):
    monkeypatch.setattr(keeping, "BATCH", 2)
    for number in range(5):
        deliver(source, TWO + b"%d;x\n" % number, sent_at=moment(number))
    older(BODIES)
    assert [keeping.purge() for _round in range(4)] == [2, 2, 1, 0]
    assert not Chunk.objects.exists()


def test_the_days_are_settings(source, moment, older, settings):
    settings.FOLKMOOT_KEEP_BODIES_DAYS = 2
    deliver(source, TWO, sent_at=moment(1))
    older(2)
    assert keeping.purge() == 1
