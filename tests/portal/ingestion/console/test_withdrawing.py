"""Everything from a source is taken back: readers lose it at once, by every door; IT looks first, and confirms."""

from __future__ import annotations

import json
from datetime import timedelta
from io import StringIO

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.management import call_command
from django.utils import timezone
from wagtail.models import ModelLogEntry

from plugins.kpis.models import Kpi, Reading, Subscription
from plugins.tasks.models import Task
from portal.catalogue.models import Entry
from portal.ingestion import actions, lifecycle
from portal.ingestion.inbox import receive
from portal.ingestion.lease import lease_on
from portal.ingestion.models import Chunk, Delivery, Record, RejectedItem, Source
from portal.ingestion.withdrawing import look, withdraw
from portal.notifications.models import Notification
from portal.testing.adapters import deliver, make_source
from tests.portal.ingestion.console.conftest import BAD, GOOD, HEAD, text

PAGE = "/admin/sources/source/todo/withdraw/"
MORE = HEAD + GOOD + b"3;Water the roses;bob;2026-12-02\n" + BAD


@pytest.fixture
def delivered(tasks):
    """Two tasks of bob's, of which he was told, a rejected row, and a delivery that waits."""
    deliver(tasks, HEAD + b"0;Old;bob;2026-12-01\n")
    deliver(tasks, MORE)
    receive(tasks, HEAD + GOOD, timezone.now() + timedelta(seconds=1), Delivery.Kind.PUSH)
    return Source.objects.get(pk=tasks.pk)


def nothing_is_left(bob):
    left = Task, Record, RejectedItem, Chunk
    entries = Entry.objects.filter(plugin="tasks").exclude(state="removed", title="", summary="", body="")
    told = Notification.objects.filter(person=bob, plugin="tasks")
    return not entries.exists() and not told.exists() and not any(model.objects.exists() for model in left)


def test_first_it_says_what_goes_and_does_nothing(delivered, as_ida):
    html = text(as_ida.get(PAGE))
    for told in ("3 tasks", "1 delivery that was not applied", "1 rejected item", "Withdraw everything from the task"):
        assert told in html
    for sure in ("", "1", "another"):
        answer = as_ida.post(PAGE, {"sure": sure})
        assert answer.status_code == 422
        assert "Nothing was withdrawn: write “todo” to confirm." in text(answer)
    assert Task.objects.count() == 3
    assert not Source.objects.get().paused
    assert PAGE in text(as_ida.get("/admin/sources/source/todo/delete/"))
    assert PAGE in text(as_ida.get("/admin/sources/source/todo/"))


def test_readers_lose_it_at_once_and_the_history_tells_who_did_it(delivered, as_ida, as_bob, bob, ida, index):
    index()
    assert "Water the" in text(as_bob.get("/search/?q=roses"))
    task = Task.objects.get(title="Water the roses")
    assert Notification.objects.filter(person=bob, plugin="tasks").exists()
    answer = as_ida.post(PAGE, {"sure": "todo"}, follow=True)
    assert "is withdrawn, and it is paused." in text(answer)
    assert nothing_is_left(bob)
    assert "Water the" not in text(as_bob.get("/search/?q=roses"))
    index()
    for address in ("/search/?q=roses", "/", "/app/tasks/", "/notifications/", "/api/v1/content/"):
        assert "Water the" not in text(as_bob.get(address)), address
    assert as_bob.get(task.get_absolute_url()).status_code == 404
    entry = ModelLogEntry.objects.get(action="folkmoot.source.withdraw")
    assert (entry.user_id, entry.data["things"]) == (ida.pk, ["3 tasks"])


def test_it_is_paused_and_a_later_delivery_comes_anew(delivered, bob):
    withdraw(delivered, acting_person=None)
    source = Source.objects.get()
    assert source.paused
    assert source.last_success_at is None
    assert set(source.deliveries.values_list("state", flat=True)) == {"applied", "discarded"}
    assert actions.replay(source, acting_person=None) == 0
    assert lifecycle.hangs_on(source) == []
    actions.resume_source(source, acting_person=None)
    assert deliver(source, HEAD + GOOD, sent_at=timezone.now() + timedelta(seconds=2)).counts["new"] == 1
    assert Task.objects.get().title == "Water the plants"


def test_of_key_figures_the_history_goes_too(emergency, bob):
    source = make_source("kpis.csv", slug="figures", department=emergency)
    deliver(source, b"kpi,date,value,name\ndoor,2026-11-01,5,Door\ndoor,2026-11-02,6,Door\n")
    Subscription.objects.create(kpi=Kpi.objects.get(), person=bob)
    assert look(source).things[:2] == ["1 key figure", "2 readings"]
    withdraw(source, acting_person=None)
    assert not Kpi.objects.exists()
    assert not Reading.objects.exists()
    assert look(source).things == []


def test_other_sources_keep_what_is_theirs(delivered, emergency):
    other = make_source("tasks.csv", slug="other", department=emergency, settings={"delimiter": ";"})
    deliver(other, HEAD + GOOD)
    withdraw(delivered, acting_person=None)
    assert Task.objects.get().source == other
    assert Entry.objects.filter(plugin="tasks", state="live").count() == 1
    assert other.records.count() == 1


def test_only_central_it_withdraws_and_not_while_it_is_read(delivered, alice, as_editor, as_lena, as_bob):
    with pytest.raises(PermissionDenied):
        withdraw(delivered, acting_person=alice)
    for who in (as_editor, as_lena, as_bob):
        assert who.post(PAGE, {"sure": "todo"}).status_code in (302, 403)
    with lease_on(delivered), pytest.raises(ValidationError, match="being read right now"):
        withdraw(delivered, acting_person=None)
    assert Task.objects.count() == 3


def test_the_command_tells_first_and_withdraws_with_yes(delivered, bob):
    def said(*options):
        out = StringIO()
        call_command("ingest", "withdraw", "todo", "--json", *options, stdout=out)
        return json.loads(out.getvalue())

    told = {"slug": "todo", "things": ["3 tasks"], "waiting": 1, "rejected": 1}
    assert said() == told | {"withdrawn": False}
    assert Task.objects.count() == 3
    assert said("--yes") == told | {"withdrawn": True}
    assert nothing_is_left(bob)
