"""Jira: its search in pages, its throttling and its errors."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from plugins.tasks.models import Task
from plugins.tasks.tests.jira.steps import due, issues, keys, read
from plugins.tasks.tests.jira_server import STATUSES, TOKEN
from portal.ingestion import actions
from portal.ingestion.fetch import FetchError
from portal.ingestion.models import RejectedItem
from portal.ingestion.pull import pull as pull_now
from portal.testing.adapters import NEWCOMER, AdapterContract
from tests import factories
from tests.portal.ingestion.server import answer


class TestContract(AdapterContract):
    adapter = "tasks.jira"
    valid = issues(1, 2)
    one_less = issues(1)
    one_malformed = valid[:-2] + b", " + issues(3, summary="")[12:]
    broken = valid[:-30]
    for_newcomer = issues(1, assignee={"accountId": "acc-9", "emailAddress": NEWCOMER})

    @pytest.fixture(autouse=True)
    def _bob(self, db):
        factories.person("bob", email="bob@merekaar.example")


def test_all_pages_of_a_search_become_tasks(source, jira, bob):
    for number in range(1, 8):
        jira.add(number)
    jira.add(8, summary="Order", duedate="2026-11-30", priority={"name": "Highest"}, status=STATUSES["In Progress"])
    jira.add(9, status=STATUSES["Won't do"])
    read(source)
    assert len(keys()) == 9
    order = Task.objects.get(external_id="10008")
    assert (order.title, order.assignee, order.due_on) == ("Order", bob, date(2026, 11, 30))
    assert (order.state, order.status, order.priority) == ("open", "In Progress", "high")
    assert order.url == jira.local.url("/browse/WARD-8")
    assert order.updated_at.isoformat() == "2026-11-24T04:55:00+00:00"
    assert Task.objects.get(external_id="10009").state == "done"


def test_the_jql_of_the_source_is_asked_for(source, jira):
    actions.update_source(source, acting_person=None, settings=source.settings | {"jql": "project = WARD"})
    read(source)
    assert "jql=%28project+%3D+WARD%29+ORDER+BY+key+ASC" in jira.local.paths()[0]


def test_an_order_in_the_jql_is_refused(source):
    with pytest.raises(ValidationError, match="leave ORDER BY out"):
        actions.update_source(source, acting_person=None, settings={"jql": "a = b order  by rank"})


def test_a_personal_access_token_is_sent_as_bearer(source, jira):
    jira.secret = f"Bearer {TOKEN}"
    actions.update_source(source, acting_person=None, transport={})
    jira.add(1)
    read(source)
    assert keys() == {"10001": False}


def left(*numbers):
    """Of seven issues: which are there, and which are marked as missing."""
    return {str(10000 + number): number not in numbers for number in range(1, 8)}


def change_while_it_is_read(source, jira):
    """The first issue leaves after the first page was read, so that all others move up by one."""
    for number in range(1, 8):
        jira.add(number)
    read(source)
    jira.between = lambda: jira.issues.pop("10001", None)
    due(source)
    jira.between = lambda: None


def test_pages_by_token_lose_nothing_of_a_list_that_changes_while_it_is_read(cloud, jira):
    change_while_it_is_read(cloud, jira)
    assert (cloud.last_error, keys()) == ("", left(1, 2, 3, 4, 5, 6, 7))
    due(cloud)
    assert keys() == left(2, 3, 4, 5, 6, 7)


def test_pages_by_offset_lose_nothing_of_a_list_that_changes_while_it_is_read(data_center, jira):
    change_while_it_is_read(data_center, jira)
    assert "changed while page 2 was read" in data_center.last_error  # told, nothing applied, and read again soon
    assert data_center.next_run_at < timezone.now() + timedelta(minutes=2)
    assert keys() == left(1, 2, 3, 4, 5, 6, 7)
    due(data_center)
    assert keys() == left(2, 3, 4, 5, 6, 7)


FAULTS = {
    "busy": (answer(429, retry_after="3600"), "429"),
    "login": (answer(401), "refuses the log-in (401)"),
    "forbidden": (
        answer(403, b'{"errorMessages": ["No browse permission."]}', content_type="application/json"),
        "403: No browse permission.",
    ),
    "gone": (answer(404), "404"),
    "down": (answer(503, retry_after="60"), "503"),
    "half": (answer(body=b'{"issues": [{"id"', content_type="application/json"), "Page 1 is not whole JSON"),
    "log-in page": (answer(body=b"<html>", content_type="text/html"), "text/html instead of application/json"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_told_and_changes_nothing(source, jira, fault):
    jira.add(1)
    read(source)
    handler, words = FAULTS[fault]
    jira.faults = [handler] * 3
    due(source)
    assert words in source.last_error
    assert keys() == {"10001": False}
    jira.faults = []
    jira.add(2)
    due(source)
    assert (source.last_error, keys()) == ("", {"10001": False, "10002": False})


def test_jql_that_jira_cannot_read_is_told_in_jiras_own_words(source):
    actions.update_source(source, acting_person=None, settings=source.settings | {"jql": "nosuch = 1"})
    with pytest.raises(FetchError, match=r"status 400: Field 'nosuch' does not exist"):
        pull_now(source)


def test_throttling_is_obeyed_to_the_second_and_by_its_reset(source, jira):
    for headers in ({"retry_after": "1800"}, {"x_ratelimit_reset": _soon(1800)}):
        jira.faults = [answer(429, **headers)]
        due(source)
        wait = (source.next_run_at - timezone.now()).total_seconds()
        assert 1700 < wait <= 1800, headers


def _soon(seconds):
    return (timezone.now() + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


def test_a_page_that_is_throttled_for_a_moment_is_asked_for_again(source, jira):
    for number in range(1, 4):
        jira.add(number)
    jira.between = lambda: jira.faults.append(answer(429, retry_after="1")) if len(jira.local.seen) == 1 else None
    read(source)
    assert len(keys()) == 3


def test_a_page_token_that_is_gone_is_told_and_changes_nothing(cloud, jira):
    for number in range(1, 4):
        jira.add(number)
    read(cloud)
    expired = b'{"errorMessages": ["The provided next page token is invalid or has expired."]}'
    jira.between = lambda: jira.faults.append(answer(400, expired, content_type="application/json"))
    due(cloud)
    assert "next page token is invalid or has expired" in cloud.last_error
    assert len(keys()) == 3
    assert not any(keys().values())


def test_whoever_is_called_otherwise_there_is_found_by_the_mapping(source, jira, bob):
    people = {"acc-1": "bob", "rob": "bob@merekaar.example"}
    actions.update_source(source, acting_person=None, settings=source.settings | {"people": people})
    jira.add(1, assignee={"accountId": "acc-1", "displayName": "B."})  # a Cloud that hides addresses
    jira.add(2, assignee={"name": "rob"})
    read(source)
    assert set(Task.objects.values_list("external_id", "assignee")) == {("10001", bob.pk), ("10002", bob.pk)}


@pytest.mark.parametrize("other", [None, {"accountId": "x", "emailAddress": "eve@elsewhere.example"}])
def test_what_is_no_longer_anybodys_here_leaves_whoever_had_it(source, jira, other):
    jira.add(1)
    read(source)
    jira.add(1, assignee=other)
    read(source)
    assert keys() == {"10001": True}
    open_now = RejectedItem.objects.filter(state="open")
    assert [item.reason for item in open_now] == (
        ["assignee 'eve@elsewhere.example' is nobody's address or user name here"] if other else []
    )


def test_a_poisonous_issue_costs_itself_only(source, jira):
    jira.add(1, summary={"nested": 1})
    jira.add(2, duedate="soon")
    jira.add(3)
    read(source)
    assert keys() == {"10003": False}
    reasons = [item.reason for item in RejectedItem.objects.order_by("pk")]
    assert reasons == ["title is not a text", "due 'soon' is neither a day nor a time of ISO 8601"]
