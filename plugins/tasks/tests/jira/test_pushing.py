"""Jira tells of single issues by webhook: signed, once, in their order."""

from __future__ import annotations

import io
import json
import time
from copy import deepcopy

import pytest
from django.test import Client

from plugins.tasks.models import Task
from plugins.tasks.tests.jira.steps import issues, keys, read
from plugins.tasks.tests.jira_server import webhook
from portal.ingestion import actions, runner
from portal.ingestion.preview import preview
from portal.ingestion.signing import digest_with
from portal.testing.adapters import make_source

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
