"""A schedule that never comes due is refused; one that is stored already costs nobody a page."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.utils import timezone

from portal.catalogue.models import Entry
from portal.ingestion import actions, pull, runner
from portal.ingestion.freshness import freshness
from portal.ingestion.models import Source
from portal.testing.adapters import deliver, make_source
from tests.portal.ingestion.server import answer

NEVER = "0 0 30 2 *"


@pytest.fixture
def never(emergency, local, settings, index):
    settings.FOLKMOOT_STAMP_SECONDS = 3600
    local.answers["/"] = answer(body=b"kpi,date,value\nwait,2026-11-26,12\n", content_type="text/csv")
    reached = {"pull_from": local.url(), "allowed_hosts": [local.host]}
    source = make_source("kpis.csv", slug="figures", name="the waiting room", department=emergency, **reached)
    deliver(source, b"kpi,date,value\nwait,2026-11-25,11\n", sent_at=timezone.now() - timedelta(hours=1))
    Source.objects.filter(pk=source.pk).update(schedule=NEVER, next_run_at=timezone.now() - timedelta(minutes=1))
    Entry.objects.update(published_at=timezone.now())
    index()
    return source


@pytest.mark.parametrize("schedule", [NEVER, "0 0 31 4 *"])
def test_it_is_refused_with_what_to_do(source, schedule):
    with pytest.raises(ValidationError, match="never comes due"):
        actions.update_source(source, pull_from="lines.csv", schedule=schedule, acting_person=None)
    actions.update_source(source, pull_from="lines.csv", schedule="0 0 29 2 *", acting_person=None)


@pytest.mark.parametrize(
    "address",
    ["/", "/search/?q=wait", "/app/kpis/", "/api/v1/content/", "/api/v1/timeline/", "/api/v1/search/?q=wait"],
)
def test_readers_see_their_pages_and_that_the_value_is_the_last_good_one(never, as_bob, address):
    answered = as_bob.get(address)
    assert answered.status_code == 200
    assert freshness(Source.objects.get()).stale


@pytest.mark.parametrize("address", ["", "source/figures/", "source/figures/edit/", "source/figures/history/"])
def test_the_console_works(never, as_ida, address):
    assert as_ida.get(f"/admin/sources/{address}").status_code == 200


def test_the_console_says_what_is_wrong_and_does_not_save_it_again(never, as_ida):
    page = as_ida.get("/admin/sources/source/figures/").content.decode()
    assert "never due" in page
    assert "Its schedule never comes due" in page
    assert "never due" in as_ida.get("/admin/sources/").content.decode()


def test_the_worker_fetches_what_was_asked_for_and_no_more(never):
    assert pull.run_due() == 1
    assert runner.run_waiting() == 1
    never.refresh_from_db()
    assert (never.next_run_at, never.deliveries.count()) == (None, 2)
    assert pull.run_due() == 0


def test_the_command_line_lists_it(never, capsys):
    call_command("ingest", "list", "--json")
    assert '"stale": true' in capsys.readouterr().out
