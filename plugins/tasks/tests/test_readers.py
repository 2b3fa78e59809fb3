"""A task for its reader: its page, what is done with it from here, the API, and being told of it."""

from __future__ import annotations

import uuid

import pytest

from plugins.tasks.models import Task
from plugins.tasks.tests.jira_server import MAIL, STATUSES, TOKEN, Jira
from plugins.tasks.tests.samples import cost, day, document, html, task
from portal.catalogue.models import Entry
from portal.host import rules
from portal.host.privacy import erase_person, export_person
from portal.ingestion import runner
from portal.ingestion.models import WriteBack
from portal.ingestion.pull import pull
from portal.ingestion.write_back_sending import send_waiting
from portal.testing.adapters import deliver, make_source
from tests.portal.ingestion.server import answer, serving

PAGE, API = "/app/tasks/", "/api/v1/tasks/"


State = WriteBack.State


@pytest.fixture
def jira():
    with serving() as local:
        yield Jira(local)


@pytest.fixture
def ward(jira, emergency, bob):
    """Jira with one issue of Bob's, read."""
    source = make_source(
        "tasks.jira",
        slug="ward",
        name="Ward Jira",
        department=emergency,
        pull_from=jira.local.url(),
        allowed_hosts=[jira.local.host],
        token=TOKEN,
        transport={"login": "password", "username": MAIL},
    )
    jira.add(1, summary="Check the trolley", duedate=day(0), status=STATUSES["In Progress"])
    read(source)
    return source


def read(source):
    pull(source, unconditionally=True)
    runner.run_waiting()
    source.refresh_from_db()


@pytest.fixture
def page(ward):
    return f"{PAGE}{Task.objects.get().pk}/"


@pytest.fixture
def api(ward):
    return f"{API}{Task.objects.get().pk}/"


def test_the_page_says_what_its_system_says_and_leads_there(page, as_bob, jira):
    shown = html(as_bob, page)
    for text in ("Check the trolley", "Due today", "Ward Jira", "In Progress", "Open in Ward Jira"):
        assert text in shown
    assert f'href="{jira.local.url("/browse/WARD-1")}"' in shown
    assert Entry.objects.get(type="task").url == page


def test_a_system_that_takes_nothing_shows_no_buttons(source, as_bob):
    deliver(source, document(task("a")))
    shown = html(as_bob, Task.objects.get().get_absolute_url())
    assert "Open in ehr" in shown
    assert "/complete/" not in shown
    assert "/comment/" not in shown
    assert as_bob.get(f"{API}{Task.objects.get().pk}/").json()["operations"] == []


def test_done_is_kept_told_sent_and_then_true(page, as_bob, ward, jira):
    shown = as_bob.post(f"{page}complete/", follow=True).content.decode()
    assert "Waiting to be sent to Ward Jira." in shown
    assert "/complete/" not in shown  # once is enough
    assert "Waiting to be sent to Ward Jira." in html(as_bob, PAGE)
    send_waiting()
    assert "it follows here with the next reading" in html(as_bob, page)
    read(ward)
    shown = html(as_bob, page)
    assert "Done in Ward Jira." in shown
    assert Task.objects.get().state == "done"


def test_it_can_be_undone_while_it_waits(page, as_bob, jira):
    as_bob.post(f"{page}complete/")
    sent = WriteBack.objects.get()
    shown = as_bob.post(f"{page}sent/{sent.pk}/withdraw/", follow=True).content.decode()
    assert "/complete/" in shown
    assert "Waiting to be sent" not in shown
    assert send_waiting() == 0


def test_why_not_is_told_and_it_can_be_tried_again(page, as_bob, jira):
    jira.workflow = []
    as_bob.post(f"{page}complete/")
    send_waiting()
    shown = html(as_bob, page)
    assert "Not done. Ward Jira does not let it be finished from the state it is in" in shown
    sent = WriteBack.objects.get()
    as_bob.post(f"{page}sent/{sent.pk}/retry/")
    assert WriteBack.objects.get().state == State.WAITING
    as_bob.post(f"{page}sent/{sent.pk}/withdraw/")
    assert WriteBack.objects.get().state == State.WITHDRAWN


def test_what_its_system_contradicts_is_told_and_can_be_done_again(page, as_bob, ward, jira):
    as_bob.post(f"{page}complete/")
    send_waiting()
    jira.issues["10001"]["fields"]["status"] = STATUSES["To Do"]  # somebody opened it again
    read(ward)
    shown = html(as_bob, page)
    assert "Sent, but Ward Jira still has it open." in shown
    assert "/complete/" in shown


def test_while_its_system_is_away_the_page_says_when_it_is_tried_again(page, as_bob, jira):
    jira.faults = [answer(503)] * 3
    as_bob.post(f"{page}complete/")
    send_waiting()
    assert "it is tried again at" in html(as_bob, page)


def test_a_comment_sent_twice_by_an_impatient_finger_is_one(page, as_bob, jira):
    key = str(uuid.uuid4())
    for _time in range(2):
        as_bob.post(f"{page}comment/", {"text": "On it.", "key": key})
    send_waiting()
    assert (len(jira.comments), send_waiting()) == (1, 0)
    assert "On it." in html(as_bob, page)


@pytest.mark.parametrize("text", ["", "   ", "x" * 5001, "nul\x00"])
def test_a_comment_that_cannot_be_sent_keeps_its_text_and_says_why(page, as_bob, text):
    response = as_bob.post(f"{page}comment/", {"text": text})
    assert response.status_code == 400
    assert text.strip() in response.content.decode()
    assert "comment-text-error" in response.content.decode()
    assert not WriteBack.objects.exists()


def test_a26_a_script_in_a_comment_or_a_status_is_inert(page, as_bob, ward, jira):
    script = "<script>alert(1)</script>"
    jira.issues["10001"]["fields"]["status"] = {"name": script, "statusCategory": {"key": "new"}}
    read(ward)
    as_bob.post(f"{page}comment/", {"text": script})
    shown = html(as_bob, page)
    assert script not in shown
    assert shown.count("&lt;script&gt;") == 2


def test_others_find_no_task_and_can_do_nothing_with_it(page, api, as_bob, as_alice, as_charlie):
    as_bob.post(f"{page}complete/")
    sent = WriteBack.objects.get().pk
    for client in (as_alice, as_charlie):
        assert client.get(page).status_code == client.get(api).status_code == 404
        for url in (f"{page}complete/", f"{page}comment/", f"{page}sent/{sent}/withdraw/", f"{page}sent/{sent}/retry/",
                    f"{api}write-backs/{sent}/withdraw/"):  # fmt: skip
            assert client.post(url, {"text": "x"}).status_code == 404
        response = client.post(f"{api}write-backs/", {"operation": "complete"}, "application/json")
        assert response.status_code == 404
    assert WriteBack.objects.get().state == State.WAITING


def test_whoever_gets_the_task_next_does_not_read_what_was_written_before(page, api, as_bob, as_alice, ward, jira):
    as_bob.post(f"{page}comment/", {"text": "between us"})
    sent = WriteBack.objects.get().pk
    jira.issues["10001"]["fields"]["assignee"] = {"name": "alice", "emailAddress": "alice@merekaar.example"}
    read(ward)
    assert "between us" not in html(as_alice, page)
    assert as_alice.get(api).json()["write_backs"] == []
    assert as_alice.post(f"{page}sent/{sent}/withdraw/").status_code == 404
    assert as_bob.get(page).status_code == 404


@pytest.mark.parametrize("change", ["", "withdraw", "retry"])
def test_reading_changes_nothing(page, as_bob, change):
    as_bob.post(f"{page}complete/")
    url = f"{page}sent/{WriteBack.objects.get().pk}/{change}/" if change else f"{page}comment/"
    assert as_bob.get(url).status_code == 405
    assert as_bob.post(f"{page}sent/{WriteBack.objects.get().pk}/explode/").status_code == 404


def test_off_means_refused_and_what_waits_stays(page, api, as_bob, emergency, jira):
    as_bob.post(f"{page}complete/")
    rules.set_rule("tasks", emergency, rules.OFF, acting_person=None)
    assert as_bob.get(page).status_code == as_bob.get(api).status_code == 403
    assert as_bob.post(f"{page}complete/").status_code == 403
    assert send_waiting() == 0
    rules.set_rule("tasks", emergency, rules.INHERIT, acting_person=None)
    assert "Waiting to be sent" in html(as_bob, page)
    assert send_waiting() == 1


def test_the_api_gives_a_task_and_takes_what_is_done_with_it(api, as_bob, jira):
    shown = as_bob.get(api).json()
    assert (shown["status"], shown["operations"]) == ("In Progress", ["comment", "complete"])
    assert shown["read_at"]
    given = {"operation": "comment", "data": {"text": "On it."}, "key": str(uuid.uuid4())}
    first, again = (as_bob.post(f"{api}write-backs/", given, "application/json") for _time in range(2))
    assert (first.status_code, first.json()["id"]) == (202, again.json()["id"])
    assert first.json()["words"] == "Waiting to be sent to Ward Jira."
    withdrawn = as_bob.post(f"{api}write-backs/{first.json()['id']}/withdraw/").json()
    assert withdrawn["state"] == "withdrawn"
    kept = as_bob.post(f"{api}write-backs/", {"operation": "complete"}, "application/json").json()
    send_waiting()
    (sent,) = as_bob.get(api).json()["write_backs"]
    assert (sent["id"], sent["state"]) == (kept["id"], "sent")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, "operation"),
        ({"operation": "explode"}, "does not take this from here"),
        ({"operation": "comment", "data": {"text": ""}}, "text: This is needed."),
        ({"operation": "comment", "data": "x"}, "dictionary"),
        ({"operation": "complete", "key": "x"}, "UUID"),
        ({"operation": "complete", "data": {"person": 1}}, "Nothing is known by this name"),
    ],
)
def test_the_api_refuses_in_problems(api, as_bob, given, words):
    response = as_bob.post(f"{api}write-backs/", given, "application/json")
    assert (response.status_code, response["Content-Type"]) == (400, "application/problem+json")
    assert words in response.content.decode()


def test_what_was_sent_cannot_be_withdrawn_by_the_api(api, as_bob, jira):
    kept = as_bob.post(f"{api}write-backs/", {"operation": "complete"}, "application/json").json()
    send_waiting()
    response = as_bob.post(f"{api}write-backs/{kept['id']}/withdraw/")
    assert (response.status_code, response["Content-Type"]) == (400, "application/problem+json")


def test_a_page_costs_the_same_whatever_was_done_with_the_task(page, as_bob, bob, settings):
    settings.FOLKMOOT_STAMP_SECONDS = 3600
    as_bob.get(page)
    as_bob.post(f"{page}comment/", {"text": "0"})
    as_bob.get(page)
    few = cost(lambda: as_bob.get(page)), cost(lambda: as_bob.get(PAGE))
    for number in range(10):
        as_bob.post(f"{page}comment/", {"text": f"{number} more"})
    as_bob.get(page)
    assert (cost(lambda: as_bob.get(page)), cost(lambda: as_bob.get(PAGE))) == few


def test_export_and_erasure_reach_what_was_written_back(page, as_bob, bob):
    as_bob.post(f"{page}comment/", {"text": "private"})
    assert export_person(bob)["ingestion.write_backs"]["write_backs"][0]["data"] == {"text": "private"}
    assert erase_person(bob, acting_person=None)["ingestion.write_backs"] == 1
    assert send_waiting() == 0
