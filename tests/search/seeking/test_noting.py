"""The doors: the page, the API, and what the page's script tells."""

from __future__ import annotations

import logging

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from search.seeking import noting, rounds
from search.seeking.models import Sought
from tests.cast import logged_in

PAGE, API, CLICK = "/search/", "/api/v1/search/", "/search/opened/"


@pytest.fixture(autouse=True)
def _database_only(settings):
    settings.ELASTICSEARCH_URL = ""


def rows():
    return list(Sought.objects.values_list("phrase", "language", "nothing", "clickable", "position"))


def test_a_search_is_one_row_whatever_is_done_with_it(as_bob):
    for given in ({}, {"page": 2}, {"kind": "user"}, {"time": "week"}, {}):
        assert as_bob.get(PAGE, {"q": "Night  Shift", **given}).status_code == 200
    assert rows() == [("night shift", "en", True, False, None)]


def test_the_language_is_that_of_the_person(bob):
    bob.language = "et"
    bob.save()
    logged_in(bob).get(PAGE, {"q": "öövahetus"})
    assert rows() == [("oovahetus", "et", True, False, None)]


def test_programs_are_counted_as_people_are(as_bob):
    as_bob.get(API, {"q": "night shift"})
    assert rows() == [("night shift", "en", True, False, None)]


@pytest.mark.parametrize("given", [{}, {"q": ""}, {"q": '""'}, {"q": "x", "page": "51"}, {"q": "bob@example.org"}])
def test_what_is_no_search_is_not_counted(as_bob, given):
    as_bob.get(PAGE, given)
    as_bob.get(API, given)
    assert rows() == []


def test_a_search_writes_one_row_after_its_answer_and_reads_nothing_for_it(as_bob):
    as_bob.get(PAGE, {"q": "warm"})
    with CaptureQueriesContext(connection) as queries:
        as_bob.get(PAGE, {"q": "rota"})
    sql = [query["sql"] for query in queries]
    ours = [number for number, text in enumerate(sql) if "search_sought" in text or "search_round" in text]
    assert ours == [len(sql) - 1]


def test_the_row_is_written_when_the_answer_has_been_made(bob, monkeypatch):
    from django.core.signals import request_finished

    request_finished.disconnect(dispatch_uid="search.seeking.flush")
    try:
        assert logged_in(bob).get(PAGE, {"q": "rota"}).status_code == 200
        assert rows() == []
    finally:
        request_finished.connect(noting.flush, dispatch_uid="search.seeking.flush")
    noting.flush()
    assert len(rows()) == 1


@pytest.mark.django_db(transaction=True)
def test_search_works_while_counting_fails(as_bob, caplog):
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE search_sought RENAME TO search_elsewhere")
    try:
        with caplog.at_level(logging.ERROR):
            assert as_bob.get(PAGE, {"q": "rota"}).status_code == 200
            assert as_bob.get(API, {"q": "rota"}).status_code == 200
        assert "could not be counted" in caplog.text
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE search_elsewhere RENAME TO search_sought")
    as_bob.get(PAGE, {"q": "rota"})
    assert len(rows()) == 1


def test_a_program_that_seeks_all_day_is_counted_for_a_while_only(as_bob, monkeypatch):
    monkeypatch.setattr(noting.SeekingThrottle, "rate", "3/min", raising=False)
    for number in range(5):
        assert as_bob.get(PAGE, {"q": f"probe {number}"}).status_code == 200
    assert len(rows()) == 3


def test_an_opened_result_is_noted_at_its_position(as_bob, publish_one):
    as_bob.get(PAGE, {"q": "blood"})
    assert rows() == [("blood", "en", False, True, None)]
    answer = as_bob.post(CLICK, {"q": " Blood", "position": "3"})
    assert (answer.status_code, answer.content) == (204, b"")
    assert rows() == [("blood", "en", False, True, 3)]


def test_the_noting_of_a_click_is_one_update(as_bob):
    as_bob.get(PAGE, {"q": "blood"})
    with CaptureQueriesContext(connection) as queries:
        as_bob.post(CLICK, {"q": "blood", "position": "3"})
    assert [query["sql"].split()[0] for query in queries if "search_" in query["sql"]] == ["UPDATE"]


def test_nobody_opens_for_another(as_bob, as_charlie):
    as_bob.get(PAGE, {"q": "blood"})
    assert as_charlie.post(CLICK, {"q": "blood", "position": "1"}).status_code == 204
    assert rows()[0][-1] is None


@pytest.mark.parametrize(
    "given", [{}, {"q": "x"}, {"position": "1"}, {"q": "x", "position": "0"}, {"q": "x", "position": "1001"},
              {"q": "x", "position": "-1"}, {"q": "x", "position": "１"}, {"q": "x", "position": "9" * 400}],
)  # fmt: skip
def test_nonsense_is_refused_at_the_click_door(as_bob, given):
    assert as_bob.post(CLICK, given).status_code == 400


def test_the_click_door_is_for_people_who_are_logged_in_and_only_for_posting(organisation, client, as_bob):
    assert client.post(CLICK, {"q": "x", "position": "1"}).status_code == 302
    for method in ("get", "head", "put", "delete"):
        assert getattr(as_bob, method)(CLICK).status_code == 405


def test_a38_another_site_cannot_click(bob):
    client = Client(enforce_csrf_checks=True)
    client.force_login(bob)
    page = client.get(PAGE, {"q": "blood"}).content.decode()
    assert client.post(CLICK, {"q": "blood", "position": "1"}).status_code == 403
    token = page.split('data-token="')[1].split('"')[0] if "data-token" in page else client.cookies["csrftoken"].value
    given = {"q": "blood", "position": "1", "csrfmiddlewaretoken": token}
    assert client.post(CLICK, given).status_code == 204


def test_clicks_are_throttled(as_bob, monkeypatch):
    monkeypatch.setattr(noting.SeekingThrottle, "rate", "2/min", raising=False)
    codes = [as_bob.post(CLICK, {"q": "x", "position": "1"}).status_code for _ in range(3)]
    assert codes == [204, 204, 429]


def test_a_page_of_results_says_where_to_tell_of_a_click(as_bob, publish_one):
    html = as_bob.get(PAGE, {"q": "blood"}).content.decode()
    assert f'data-opened="{CLICK}"' in html
    assert "search/opened.js" in html
    assert 'href="/people/bob/"' in html, "links lead to the result itself"
    assert "data-opened" not in as_bob.get(PAGE).content.decode()


def test_what_the_process_remembers_can_be_forgotten(as_bob):
    as_bob.get(PAGE, {"q": "blood"})
    assert rounds._kept
    rounds.forget()
    assert not rounds._kept
