"""Fetches that bring no delivery are kept in the history: each that failed, those without news as one."""

from __future__ import annotations

import json
from datetime import timedelta
from importlib import import_module
from io import StringIO

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from portal.ingestion import fetch_models, pull, runner
from portal.ingestion.models import Delivery, Fetch, Source
from portal.testing.adapters import deliver, make_source
from tests.portal.ingestion.server import answer

GOOD = answer(body=b"a;one\n", content_type="text/csv")


@pytest.fixture
def pulled(local, emergency):
    local.answers["/"] = GOOD
    reached = {"pull_from": local.url(), "allowed_hosts": [local.host]}
    return make_source("synthetic.lines", slug="pulled", department=emergency, schedule="*/15 * * * *", **reached)


def due():
    Source.objects.update(next_run_at=timezone.now() - timedelta(seconds=1))
    pull.run_due()
    runner.run_waiting()


def told(**options):
    out = StringIO()
    call_command("ingest", "history", "pulled", "--json", stdout=out, **options)
    return [(one["state"], one.get("times"), one["error"]) for one in json.loads(out.getvalue())]


def test_each_failing_fetch_is_kept_with_its_time_and_error(pulled, local):
    local.answers["/"] = answer(404)
    due()
    due()
    first, second = Fetch.objects.order_by("pk")
    assert (first.state, second.state) == (Fetch.State.FAILED, Fetch.State.FAILED)
    assert "404" in first.error
    assert first.started_at <= first.finished_at <= second.started_at
    assert [one[:2] for one in told()] == [("fetch failed", 1)] * 2


def test_what_was_not_new_is_one_note_until_something_else_comes(pulled, local):
    for _time in range(4):
        due()
    local.answers["/"] = answer(404)
    due()
    local.answers["/"] = GOOD
    due()
    due()
    assert [one[:2] for one in told()] == [
        ("fetch unchanged", 2), ("fetch failed", 1), ("fetch unchanged", 3), ("done", None),
    ]  # fmt: skip
    local.answers["/"] = answer(body=b"a;other\n", content_type="text/csv")
    due()
    due()
    assert [one[:2] for one in told()][:2] == [("fetch unchanged", 1), ("done", None)]
    assert len(told(limit=2)) == 2


def test_a_fetch_by_hand_that_fails_is_kept_too(pulled, local):
    local.answers["/"] = answer(404)
    with pytest.raises(CommandError):
        call_command("ingest", "run", "pulled")
    assert Fetch.objects.get().state == Fetch.State.FAILED


def test_only_the_newest_are_kept_and_those_of_other_sources_stay(pulled, local, source, monkeypatch):
    monkeypatch.setattr(fetch_models, "KEPT", 3)
    Fetch.note_failure(source.pk, "another's", started_at=timezone.now())
    for number in range(6):
        Fetch.note_failure(pulled.pk, str(number), started_at=timezone.now())
    assert [one.error for one in pulled.fetches.all()] == ["5", "4", "3"]
    assert source.fetches.count() == 1


def test_the_history_page_shows_them_and_takes_the_same_queries_for_many(pulled, local, as_ida):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            page = as_ida.get("/admin/sources/source/pulled/history/").content.decode()
        return page, len([one for one in captured if "audience_stamp" not in one["sql"]])

    due()
    due()
    due()
    page, _number = queries()
    assert "nothing new" in page
    assert "2 times, the last" in page
    _page, few = queries()
    local.answers["/"] = answer(404)
    for _time in range(5):
        due()
    page, many = queries()
    assert "The source answers with status 404" in page
    assert few == many


def test_what_was_ignored_before_this_was_told_is_told_now(source, moment):
    deliver(source, b"a;new\n", sent_at=moment(2))
    late = deliver(source, b"a;old\n", sent_at=moment(1)).delivery
    Delivery.objects.update(state=Delivery.State.APPLIED)
    migration = import_module("portal.ingestion.migrations.0006_fetches")
    migration.tell_what_was_ignored(apps, None)
    assert set(Delivery.objects.values_list("pk", "state")) == {(late.pk, "ignored"), (late.pk - 1, "applied")}
    migration.tell_as_before(apps, None)
    assert set(Delivery.objects.values_list("state", flat=True)) == {"applied"}
