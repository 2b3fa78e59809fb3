"""What people do here with a task of Jira arrives there, once, or they are told why not."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from plugins.tasks.models import Task
from plugins.tasks.tests.jira.steps import due, read
from plugins.tasks.tests.jira_server import STATUSES, TOKEN
from portal.ingestion import actions
from portal.ingestion.models import WriteBack
from portal.ingestion.write_back import ask
from portal.ingestion.write_back_sending import send_waiting
from tests.portal.ingestion.server import answer

State = WriteBack.State


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
