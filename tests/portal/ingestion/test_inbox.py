"""Bodies of deliveries: read in pieces, and kept as long as they are needed."""

from __future__ import annotations

from django.utils import timezone

from portal.ingestion import inbox
from portal.ingestion.inbox import open_body, receive
from portal.ingestion.models import Delivery
from portal.testing.adapters import deliver
from tests.portal.ingestion.synthetic import TWO


def test_bodies_of_old_applied_deliveries_are_forgotten_the_others_are_kept(source, moment):
    deliver(source, TWO, sent_at=moment(1))
    deliver(source, b"x;bad\n" + TWO, sent_at=moment(2))
    receive(source, TWO, moment(3), "push")
    assert inbox.purge() == 0
    Delivery.objects.update(received_at=timezone.now() - inbox.KEPT)
    assert inbox.purge() == 1
    kept = source.deliveries.in_order().values_list("chunks__number", flat=True)
    assert list(kept) == [None, 0, 0]


def test_a_body_is_read_in_pieces_as_it_came(source, moment, monkeypatch):
    monkeypatch.setattr(inbox, "CHUNK", 7)
    body = bytes(range(256)) * 3
    delivery = receive(source, body, moment(1), "push")
    assert delivery.chunks.count() == 110
    assert open_body(delivery).read() == body
    assert open_body(delivery).read(10) == body[:10]
