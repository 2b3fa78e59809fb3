"""Every automated item tells its source and how fresh it is, wherever it is drawn, and at once when that changes."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from portal.catalogue.models import Entry
from portal.ingestion.models import Source
from portal.people import tree
from portal.testing.adapters import deliver, make_source
from tests import factories

FACTS = ("source", "read_at", "stale", "missing_since")


def readings(count, start=0):
    rows = b"".join(b"wait-%d,2026-11-26,%d\n" % (number, number) for number in range(start, count))
    return b"kpi,date,value\n" + rows


@pytest.fixture
def figures(emergency, settings, index):
    settings.FOLKMOOT_STAMP_SECONDS = 3600
    source = make_source("kpis.csv", department=emergency, name="the waiting room", stale_after=60)
    deliver(source, readings(2))
    index()
    return source


def age(source, minutes):
    Source.objects.filter(pk=source.pk).update(last_success_at=timezone.now() - timedelta(minutes=minutes))


@pytest.mark.parametrize("address", ["/search/?q=wait", "/departments/{department}/", "/app/kpis/"])
def test_a_page_tells_source_and_age_and_that_a_source_is_late_at_once(figures, as_bob, address):
    address = address.format(department=figures.department.url_path)
    Entry.objects.update(published_at=timezone.now())
    age(figures, 4)
    page = as_bob.get(address).content.decode()
    assert "the waiting room" in page
    assert "4\xa0minutes ago" in page or address == "/app/kpis/"
    assert "Last good value" not in page
    age(figures, 61)  # no entry is written
    assert "Last good value" in as_bob.get(address).content.decode()


def timeline_of(client):
    return client.get("/").content.decode()


def test_the_timeline_tells_it(figures, as_bob):
    factories_of_news(figures)
    age(figures, 4)
    assert "from the waiting room" in timeline_of(as_bob)
    assert "4\xa0minutes ago" in timeline_of(as_bob)
    age(figures, 61)
    assert "Last good value" in timeline_of(as_bob)


def factories_of_news(source):
    """A figure that crossed its band stands on the timeline."""
    today = timezone.localdate().isoformat().encode()
    band = b"kpi,date,value,lower,upper\nwait-0,%s,%d,1,10\n"
    deliver(source, band % (today, 5))
    deliver(source, band % (today, 50))


@pytest.mark.parametrize("address", ["/api/v1/search/?q=wait", "/api/v1/content/?kind=automated", "/api/v1/kpis/"])
def test_every_list_of_the_api_has_the_same_facts(figures, as_bob, address):
    age(figures, 61)
    item = as_bob.get(address).json()["results"][0]
    assert [item[name] for name in ("source", "stale", "missing_since")] == ["the waiting room", True, None]
    assert item["read_at"]


def test_the_api_of_tasks_and_shifts_has_them_too(emergency, bob, as_bob):
    tasks = make_source("tasks.csv", department=emergency, name="the ticket system")
    row = b"id,title,assignee\n1,Count the beds,bob\n2,Count the nurses,bob\n"
    deliver(tasks, row)
    deliver(tasks, row.splitlines(keepends=True)[0] + b"2,Count the nurses,bob\n")
    shifts = make_source("rosters.csv", department=emergency, name="the rota system")
    deliver(shifts, b"id,start,end\n1,2036-11-26T07:00:00Z,2036-11-26T15:00:00Z\n")
    gone, kept = sorted(as_bob.get("/api/v1/tasks/").json()["results"], key=lambda task: task["title"])
    assert gone["missing_since"]
    assert kept["missing_since"] is None
    shift = as_bob.get("/api/v1/rosters/shifts/?to=2037-01-01").json()["results"][0]
    assert [kept["source"], shift["source"]] == ["the ticket system", "the rota system"]
    assert {kept["stale"], shift["stale"]} == {False}
    assert set(FACTS) <= shift.keys() & kept.keys()
    entries = as_bob.get("/api/v1/content/?kind=automated").json()["results"]
    assert {entry["title"]: bool(entry["missing_since"]) for entry in entries}["Count the beds"]


def test_what_no_source_delivered_has_none_of_it(as_bob, emergency):
    factories.entry(department=emergency)
    item = as_bob.get("/api/v1/content/").json()["results"][0]
    assert [item[name] for name in FACTS] == [None] * 4


def test_a_source_that_is_gone_leaves_what_it_said_and_nobody_vouches_for_it(figures):
    entry = Entry.objects.filter(kind="automated").first()
    entry.facets["source_id"] = 0
    assert (entry.freshness.source, entry.freshness.stale) == ("the waiting room", True)


def test_a_list_asks_once_and_only_if_there_is_something_to_ask(figures, django_assert_num_queries):
    deliver(figures, readings(30))
    assert tree.current().departments
    for count in (2, 30):
        with django_assert_num_queries(2):  # entries, sources
            assert {entry.freshness.stale for entry in Entry.objects.for_cards()[:count]} == {False}
    factories.entry(department=figures.department)
    assert tree.current().departments
    with django_assert_num_queries(1):  # entries
        assert [entry.freshness for entry in Entry.objects.for_cards().exclude(kind="automated")] == [None]


@pytest.mark.parametrize("address", ["/api/v1/rosters/shifts/?to=2037-01-01", "/api/v1/content/", "/search/?q=start"])
def test_lists_cost_the_same_whatever_their_length(emergency, as_bob, settings, address, index):
    settings.FOLKMOOT_STAMP_SECONDS = 3600
    shifts = make_source("rosters.csv", department=emergency, settings={"columns": {"title": "title"}})

    def cost(count):
        rows = b"".join(b"%d,2036-11-26T07:00:00Z,2036-11-26T15:00:00Z,start\n" % number for number in range(count))
        deliver(shifts, b"id,start,end,title\n" + rows)
        index()
        as_bob.get(address)
        with CaptureQueriesContext(connection) as captured:
            assert as_bob.get(address).status_code == 200
        return len(captured)

    assert cost(3) == cost(15)
