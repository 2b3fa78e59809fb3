"""What sources delivered of a person is shown to them, and erased with them."""

from __future__ import annotations

import pytest

from portal.ingestion.inbox import receive
from portal.ingestion.models import Delivery, RejectedItem, Run, Source
from portal.ingestion.persons import Marks, erase, export
from portal.testing.adapters import deliver
from tests import factories

GOOD = b"a;one\n"


@pytest.fixture
def jöran(emergency):
    return factories.person(
        "jjo", departments=[emergency], first_name="Jöran", last_name="Öberg", email="joran.oberg@example.org"
    )


def rejected(source, text):
    return deliver(source, f"{text};bad\n".encode() + GOOD).rejected_items.get()


@pytest.mark.parametrize(
    "text",
    [
        "shift of joran.oberg@example.org",
        "JORAN.OBERG@EXAMPLE.ORG,7",
        "Jöran Öberg",
        "JÖRAN ÖBERG",
        "öberg, jöran",
        "Öberg|12|Jöran",
        '{"name": "J\\u00f6ran \\u00d6berg"}',
        "login=jjo",
    ],
)
def test_a_rejected_item_that_names_the_person_is_shown_and_erased(source, jöran, text):
    rejected(source, "nothing to do with them")
    deliver(source, GOOD)
    item = RejectedItem.objects.create(
        source=source, run=Run.objects.last(), position="row 1", raw=text, reason="no", fingerprint="x"
    )
    (shown,) = export(jöran)["rejected_items"]
    assert (shown["source"], shown["raw"]) == ("lab-notes", text)
    assert erase(jöran) >= 1
    assert not RejectedItem.objects.filter(pk=item.pk).exists()
    assert RejectedItem.objects.count() == 1
    assert export(jöran)["rejected_items"] == []


@pytest.mark.parametrize(
    "text", ["Anna Öberg", "Jöran Lind", "hjjo", "jjo@elsewhere.org", "xjoran.oberg@example.org", "jjo-2", ""]
)
def test_who_is_called_alike_is_somebody_else(jöran, text):
    assert not Marks(jöran).in_row(text)


def test_bodies_that_name_the_person_are_forgotten_the_others_and_what_waits_stay(source, jöran, moment):
    deliver(source, GOOD + "b;Jöran Öberg\n".encode(), sent_at=moment(1))
    deliver(source, GOOD, sent_at=moment(2))
    receive(source, b"c;joran.oberg@example.org\n", moment(3), "push")
    packed = receive(source, b"PK\x03\x04 joran.oberg@example.org", moment(4), "push")
    Delivery.objects.filter(pk=packed.pk).update(state="applied")
    held = export(jöran)
    assert [one["sent_at"] for one in held["kept_deliveries"]] == [moment(1).isoformat(), moment(3).isoformat()]
    assert held["kept_deliveries_that_cannot_be_searched"] == 1
    assert erase(jöran) == 1
    assert [one.chunks.exists() for one in source.deliveries.in_order()] == [False, True, True, True]


def test_a_name_is_found_across_pieces_and_folded_lines(source, jöran, moment, monkeypatch):
    monkeypatch.setattr("portal.ingestion.persons.PIECE", 16)
    for number, body in enumerate(
        (b"x" * 9 + b" joran.oberg@example.org ", b"ATTENDEE:mailto:joran.ober\r\n g@example.org")
    ):
        deliver(source, body, sent_at=moment(number))
    assert len(export(jöran)["kept_deliveries"]) == 2


def test_a_body_is_read_in_the_encoding_of_its_source(source, jöran, moment):
    Source.objects.update(settings={"encoding": "windows-1252"})
    receive(source, "b;Jöran Öberg".encode("windows-1252"), moment(1), "push")
    assert len(export(jöran)["kept_deliveries"]) == 1


def test_errors_that_name_the_person_are_blanked(source, jöran, moment):
    run = deliver(source, GOOD, sent_at=moment(1))
    for model in (Run, Delivery):
        model.objects.update(error="nobody has the address joran.oberg@example.org")
    Source.objects.update(last_error="of Jöran Öberg")
    assert erase(jöran) == 3
    run.refresh_from_db()
    assert (run.error, Source.objects.get().last_error) == ("", "")
