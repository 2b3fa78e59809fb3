"""What people did here that its system has to hear of: read, tried again and taken back by central IT."""

from __future__ import annotations

import pytest

from portal.ingestion.models import WriteBack
from portal.ingestion.write_back import ask
from portal.ingestion.write_back_sending import send_waiting
from tests.portal.ingestion.console.conftest import text
from tests.portal.ingestion.server import answer

PAGE = "/admin/sources/source/desk/write-backs/"
State = WriteBack.State


@pytest.fixture
def refused(desk, local, bob):
    """One that the desk did not take."""
    local.answers["/do"] = answer(409)
    asked = ask(desk, "a", "say", {"text": "private words"}, acting_person=bob)
    send_waiting()
    asked.refresh_from_db()
    return asked


def test_what_was_not_taken_is_read_with_its_reason_and_without_the_words(refused, as_ida):
    html = text(as_ida.get(PAGE))
    for shown in ("Say", "Somebody else has closed it.", refused.person.display_name, "not sent"):
        assert shown in html
    assert "private words" not in html


def test_it_is_tried_again_and_taken_back_from_there(refused, as_ida, desk):
    html = text(as_ida.post(PAGE, {"retry": refused.pk}, follow=True))
    assert "tries it again within seconds" in html
    refused.refresh_from_db()
    assert refused.state == State.WAITING
    assert "is taken back" in text(as_ida.post(PAGE, {"withdraw": refused.pk}, follow=True))
    refused.refresh_from_db()
    assert refused.state == State.WITHDRAWN
    html = text(as_ida.get(PAGE))
    assert "Nothing waits, and nothing was refused." in html
    assert "withdrawn" in text(as_ida.get(f"{PAGE}?show=all"))


@pytest.mark.parametrize("given", [{}, {"retry": "x"}, {"retry": "9" * 30}, {"withdraw": "0"}, {"withdraw": "²"}])
def test_what_makes_no_sense_is_refused_in_words(refused, as_ida, given):
    html = text(as_ida.post(PAGE, given, follow=True))
    assert "Choose what to try again" in html or "It is no longer there." in html
    refused.refresh_from_db()
    assert refused.state == State.FAILED


def test_what_is_of_another_source_is_not_reached_by_this_address(refused, as_ida, source):
    as_ida.post("/admin/sources/source/lab-notes/write-backs/", {"retry": refused.pk})
    refused.refresh_from_db()
    assert refused.state == State.FAILED


def test_what_has_been_sent_cannot_be_taken_back(desk, local, bob, as_ida):
    asked = ask(desk, "a", "close", acting_person=bob)
    send_waiting()
    assert "has been sent" in text(as_ida.post(PAGE, {"withdraw": asked.pk}, follow=True))


def test_nobody_but_central_it_reads_or_changes_it(refused, as_editor, as_lena, as_bob):
    for client in (as_editor, as_lena, as_bob):
        for answered in (client.get(PAGE), client.post(PAGE, {"retry": refused.pk})):
            assert answered.status_code in {302, 403}
            assert "Somebody else has closed it." not in text(answered)
    refused.refresh_from_db()
    assert refused.state == State.FAILED


def test_a_source_with_one_needs_somebody(refused, as_ida, source):
    for html in (text(as_ida.get("/admin/sources/?show=trouble")), text(as_ida.get("/admin/sources/source/desk/"))):
        assert "1 thing done here was not taken" in html
        assert PAGE in html
    assert "the lab system" not in text(as_ida.get("/admin/sources/?show=trouble"))


def test_only_what_can_be_written_to_has_the_page_among_its_places(desk, source, as_ida):
    assert PAGE in text(as_ida.get("/admin/sources/source/desk/"))
    assert "write-backs" not in text(as_ida.get("/admin/sources/source/lab-notes/"))


def test_many_cost_no_more_queries_than_few(desk, bob, as_ida, django_assert_max_num_queries):
    as_ida.get(PAGE)
    for number in (2, 8):
        for _one in range(number):
            ask(desk, "a", "say", {"text": "words"}, acting_person=bob)
        with django_assert_max_num_queries(22):
            assert text(as_ida.get(PAGE)).count('name="withdraw"') == WriteBack.objects.count()
