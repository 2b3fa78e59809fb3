"""Jira: its search in pages, its throttling and errors, its webhook, and what is written back to it."""

from __future__ import annotations

import io
import json
import time
from copy import deepcopy
from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client
from django.utils import timezone

from plugins.tasks.models import Task
from plugins.tasks.tests.jira_server import MAIL, STATUSES, TOKEN, Jira, webhook
from portal.ingestion import actions, pull, runner
from portal.ingestion.fetch import FetchError
from portal.ingestion.models import RejectedItem, Source, WriteBack
from portal.ingestion.preview import preview
from portal.ingestion.pull import pull as pull_now
from portal.ingestion.signing import digest_with
from portal.ingestion.write_back import ask
from portal.ingestion.write_back_sending import send_waiting
from portal.testing.adapters import NEWCOMER, AdapterContract, make_source
from tests import factories
from tests.portal.ingestion.server import answer, serving

State = WriteBack.State


def issues(*numbers, **fields):
    jira = object.__new__(Jira)
    jira.issues = {}
    return json.dumps({"issues": [jira.add(number, **fields) for number in numbers]}).encode()


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


@pytest.fixture
def jira():
    with serving() as local:
        yield Jira(local)


def made(jira, department, deployment):
    return make_source(
        "tasks.jira",
        slug="jira",
        name="Jira",
        department=department,
        pull_from=jira.local.url(),
        allowed_hosts=[jira.local.host],
        token=TOKEN,
        transport={"login": "password", "username": MAIL},
        settings={"deployment": deployment, "page_size": 2},
        schedule="0 0 1 1 *",
    )


@pytest.fixture(params=["cloud", "data_center"])
def source(request, jira, emergency, bob):
    return made(jira, emergency, request.param)


@pytest.fixture
def cloud(jira, emergency, bob):
    return made(jira, emergency, "cloud")


@pytest.fixture
def data_center(jira, emergency, bob):
    return made(jira, emergency, "data_center")


def read(source):
    """A pull, applied."""
    pull_now(source, unconditionally=True)
    while runner.run_waiting():
        pass
    source.refresh_from_db()


def due(source):
    """What the schedule does."""
    Source.objects.filter(pk=source.pk).update(next_run_at=timezone.now() - timedelta(seconds=1))
    pull.run_due()
    while runner.run_waiting():
        pass
    source.refresh_from_db()


def keys():
    return {task.external_id: bool(task.missing_since) for task in Task.objects.all()}


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


# The webhook


def push(source, body, headers):
    return Client(enforce_csrf_checks=True).post(
        f"/ingest/{source.slug}/", body, content_type="application/json", headers=headers
    )


def send_event(source, event, issue, *, at=None, secret=None):
    body, headers = webhook(event, issue, secret or source.secrets[0], at=at)
    answered = push(source, body, headers)
    while runner.run_waiting():
        pass
    return answered


def test_an_issue_that_changed_is_pushed_and_the_others_stay(cloud, jira):
    issue = jira.add(1)
    jira.add(2)
    read(cloud)
    changed = deepcopy(issue)
    changed["fields"] |= {"summary": "Changed", "updated": "2026-11-24T08:00:00.000+0200"}
    assert send_event(cloud, "updated", changed).status_code == 202
    assert keys() == {"10001": False, "10002": False}
    assert Task.objects.get(external_id="10001").title == "Changed"
    assert send_event(cloud, "created", jira.add(3)).status_code == 202
    assert send_event(cloud, "deleted", issue).status_code == 202
    assert keys() == {"10001": True, "10002": False, "10003": False}


def test_a_dry_run_of_an_event_takes_nothing_else_for_missing(cloud, jira):
    issue = jira.add(1)
    jira.add(2)
    read(cloud)
    for event, missing in (("updated", 0), ("deleted", 1)):
        body, _headers = webhook(event, issue, cloud.secrets[0])
        assert preview(cloud, io.BytesIO(body)).missing == missing
    assert preview(cloud, io.BytesIO(issues(1))).missing == 1


def test_the_same_event_again_is_one_also_an_hour_later(cloud, jira):
    issue = jira.add(1)
    read(cloud)
    body, headers = webhook("updated", issue, cloud.secrets[0], at=time.time() - 3600)
    first = push(cloud, body, headers)
    again = push(cloud, body, headers | {"X-Atlassian-Webhook-Identifier": "another"})
    assert (again.status_code, again.json()) == (202, first.json())
    assert cloud.deliveries.filter(kind="push").count() == 1


def test_an_older_event_after_a_newer_one_changes_nothing(cloud, jira):
    issue = jira.add(1)
    older, newer = deepcopy(issue), deepcopy(issue)
    older["fields"]["summary"], newer["fields"]["summary"] = "older", "newer"
    send_event(cloud, "updated", newer)
    send_event(cloud, "updated", older, at=time.time() - 60)
    assert Task.objects.get().title == "newer"
    send_event(cloud, "deleted", issue)
    send_event(cloud, "updated", older, at=time.time() - 30)
    assert keys() == {"10001": True}


@pytest.mark.parametrize(
    "fault", ["forged", "unsigned", "another body", "another source", "too old", "ahead", "no time"]
)
def test_an_event_that_is_not_from_this_jira_now_is_refused(cloud, jira, emergency, fault):
    other = make_source("tasks.jira", slug="other", department=emergency)
    at = time.time() + {"too old": -3 * 3600, "ahead": 400}.get(fault, 0)
    secret = {"forged": "guessed", "another source": other.secrets[0]}.get(fault, cloud.secrets[0])
    body, headers = webhook("updated", jira.add(1), secret, at=at)
    if fault == "unsigned":
        headers.pop("X-Hub-Signature")
    elif fault == "another body":
        body = body.replace(b"Task 1", b"Task X")
    elif fault == "no time":
        event = json.dumps({"webhookEvent": "jira:issue_updated", "issue": jira.add(1)}).encode()
        body, headers = event, {"X-Hub-Signature": digest_with(cloud.secrets[0], event)}
    assert push(cloud, body, headers).status_code == 401
    assert not cloud.deliveries.exists()


def test_both_secrets_are_good_while_they_are_changed(cloud, jira):
    old = cloud.secrets[0]
    actions.rotate_secret(cloud, acting_person=None)
    assert send_event(cloud, "created", jira.add(1), secret=old).status_code == 202
    actions.reset_secret(cloud, acting_person=None)
    assert send_event(cloud, "created", jira.add(2), secret=old).status_code == 401


def test_the_header_of_jira_opens_no_other_source(jira, emergency):
    other = make_source("tasks.json", slug="plain", department=emergency)
    body, headers = webhook("created", jira.add(1), other.secrets[0])
    assert push(other, body, headers).status_code == 401


def test_events_that_are_no_change_of_an_issue_change_nothing(cloud, jira):
    body = json.dumps({"timestamp": int(time.time() * 1000), "webhookEvent": "comment_created", "comment": {}}).encode()
    assert push(cloud, body, {"X-Hub-Signature": digest_with(cloud.secrets[0], body)}).status_code == 202
    assert runner.run_waiting() == 1
    assert cloud.runs.get().state == "done"
    assert keys() == {}


# Writing back


@pytest.fixture
def task(source, jira):
    jira.add(1)
    read(source)
    jira.local.seen.clear()
    return Task.objects.get()


def do(task, person, operation="complete", **data):
    """Asked for and sent; as it is then."""
    asked = ask(task.source, task.external_id, operation, data, acting_person=person)
    send_waiting()
    asked.refresh_from_db()
    return asked


def test_a_task_is_finished_in_jira_and_the_next_reading_says_so(task, jira, bob, source):
    assert do(task, bob).state == State.SENT
    assert jira.issues["10001"]["fields"]["status"]["name"] == "Done"
    task.refresh_from_db()
    assert task.state == "open"  # what its system says is the truth, and it was not asked yet
    due(source)
    task.refresh_from_db()
    assert task.state == "done"


def test_what_is_done_already_is_told_and_nothing_is_sent(task, jira, bob):
    jira.issues["10001"]["fields"]["status"] = STATUSES["Done"]
    asked = do(task, bob)
    assert (asked.state, asked.said) == (State.SENT, "It was done already.")
    assert all(method == "GET" for method in _methods(jira))


def _methods(jira):
    return ["POST" if body else "GET" for body in jira.local.bodies]


CONFLICTS = {
    "no transition": ([], set(), "does not let it be finished from the state it is in"),
    "several": (
        [{"id": "1", "name": "Cancel", "to": "Won't do"}, {"id": "2", "name": "Finish", "to": "Done"}],
        set(),
        "several ways to finish it (Cancel, Finish)",
    ),
    "a field is needed": (None, {"resolution"}, "resolution: Resolution is required."),
}


@pytest.mark.parametrize("conflict", CONFLICTS)
def test_what_jira_does_not_let_happen_is_told_in_words(task, jira, bob, conflict):
    workflow, jira.required, words = CONFLICTS[conflict]
    jira.workflow = jira.workflow if workflow is None else workflow
    asked = do(task, bob)
    assert asked.state == State.FAILED
    assert words in asked.said


def test_of_several_ways_the_one_that_it_named_is_taken(task, jira, bob, source):
    jira.workflow = [{"id": "1", "name": "Cancel", "to": "Won't do"}, {"id": "2", "name": "Finish", "to": "Done"}]
    actions.update_source(source, acting_person=None, settings=source.settings | {"complete_by": ["finish"]})
    assert do(task, bob).state == State.SENT
    assert jira.issues["10001"]["fields"]["status"]["name"] == "Done"


def test_an_issue_that_jira_no_longer_shows_is_told(task, jira, bob):
    jira.issues.clear()
    asked = do(task, bob)
    assert (asked.state, asked.said) == (
        State.FAILED, "Jira no longer has this task, or does not let us see it."
    )  # fmt: skip


def test_a_comment_arrives_with_the_persons_name_as_plain_text(task, jira, bob):
    assert do(task, bob, "comment", text="Done {code} [~alice]\nsecond line").state == State.SENT
    (comment,) = jira.comments
    if task.source.settings["deployment"] == "cloud":
        lines = [one["content"][0]["text"] for one in comment["body"]["content"]]
        assert lines == ["Bob Berg (Folkmoot):", "Done {code} [~alice]", "second line"]
    else:
        assert comment["body"] == "Bob Berg (Folkmoot):\nDone \\{code\\} \\[~alice\\]\nsecond line"


def test_a_comment_whose_answer_was_lost_is_found_and_not_doubled(task, jira, bob, source):
    def lost(request):
        jira.keep_comment("10001", json.loads(jira.local.bodies[-1]))

    jira.faults = [lost]
    jira.keep_comment("10001", {"body": "of somebody else"})
    asked = do(task, bob, "comment", text="once")
    assert (asked.state, asked.uncertain) == (State.WAITING, True)
    WriteBack.objects.update(retry_at=None)
    send_waiting()
    asked.refresh_from_db()
    assert asked.state == State.SENT
    assert len(jira.comments) == 2


def test_a_comment_that_did_not_arrive_is_sent_again(task, jira, bob):
    jira.faults = [lambda request: None]  # the connection ends, nothing was kept
    asked = do(task, bob, "comment", text="once")
    assert asked.uncertain
    jira.keep_comment("10001", {"body": "of somebody else"})
    WriteBack.objects.update(retry_at=None)
    send_waiting()
    assert len(jira.comments) == 2


def test_throttled_and_refused_log_ins_wait_and_lose_nothing(task, jira, bob, source):
    jira.faults = [answer(429, retry_after="120")]
    asked = do(task, bob)
    assert (asked.state, asked.uncertain) == (State.WAITING, False)
    assert asked.retry_at > timezone.now() + timedelta(seconds=100)
    jira.secret = "Bearer changed"
    WriteBack.objects.update(retry_at=None)
    send_waiting()
    asked.refresh_from_db()
    assert (asked.state, "401" in asked.said) == (State.WAITING, True)
    jira.secret = f"Bearer {TOKEN}"
    actions.update_source(source, acting_person=None, transport={})
    WriteBack.objects.update(retry_at=None)
    send_waiting()
    asked.refresh_from_db()
    assert asked.state == State.SENT


def test_only_the_assignee_may(task, alice, charlie, ida):
    for person in (alice, charlie, ida):
        with pytest.raises(PermissionDenied):
            ask(task.source, task.external_id, "complete", acting_person=person)
