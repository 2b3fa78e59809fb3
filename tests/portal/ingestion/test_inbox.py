"""Bodies of deliveries: read in pieces."""

from __future__ import annotations

from portal.ingestion import inbox
from portal.ingestion.inbox import open_body, receive


def test_a_body_is_read_in_pieces_as_it_came(source, moment, monkeypatch):
    monkeypatch.setattr(inbox, "CHUNK", 7)
    body = bytes(range(256)) * 3
    delivery = receive(source, body, moment(1), "push")
    assert delivery.chunks.count() == 110
    assert open_body(delivery).read() == body
    assert open_body(delivery).read(10) == body[:10]
