"""Key figures inside an editor's page: live, for those who may see them, and no trace for others."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from plugins.kpis.models import Kpi
from plugins.kpis.tests.samples import csv_of, row
from portal.audience.expressions import EVERYONE
from portal.catalogue.models import Entry
from portal.host import rules
from portal.testing.adapters import deliver, make_source
from portal.testing.conformance.pages import Stream

FIGURE, FIGURES = "kpis_figure", "kpis_figures"


@pytest.fixture
def stream():
    return Stream(FIGURE)


@pytest.fixture
def lab(laboratory) -> Kpi:
    """A figure that is for the laboratory only."""
    source = make_source("kpis.csv", slug="lab", name="the lab", department=laboratory)
    deliver(source, csv_of(row("culture", 1, 30), row("culture", 0, 31, name="Contaminated cultures")))
    return Kpi.objects.get(external_id="culture")


def part(kind: str, value: object) -> dict:
    return Stream(FIGURE).part(value) | {"type": kind}


def several(*figures: Kpi, title: str = "How we are doing") -> dict:
    items = [{"type": "item", "value": figure.pk, "id": f"item-{figure.pk}"} for figure in figures]
    return part(FIGURES, {"title": title, "figures": items})


@pytest.fixture
def page_with(stream, emergency):
    """A published page of the Emergency that everybody may read."""
    return lambda *parts: stream.page(SimpleNamespace(department=emergency), stream.text("Dear all"), *parts)


def read(client, page) -> str:
    answer = client.get(page.url)
    assert answer.status_code == 200
    return answer.content.decode()


def asked(client, page):
    return client.get(f"/api/v2/pages/{page.pk}/").json()["body"]


def test_a_figure_stands_in_an_article_as_it_is_now(door, source, page_with, as_bob):
    page = page_with(part(FIGURE, door.pk))
    html = read(as_bob, page)
    for said in ("Door to doctor", "On target", "<polyline", '<p class="source"><span>from ehr</span>'):
        assert said in html
    deliver(source, csv_of(row("door", 0, 46, name="Door to doctor")))
    assert "Above 45 min" in read(as_bob, page)
    source.last_success_at, source.stale_after = door.read_at.replace(year=2020), 5
    source.save()
    assert "Last good value" in read(as_bob, page)


def test_the_api_says_it_too(door, page_with, as_bob):
    body = asked(as_bob, page_with(part(FIGURE, door.pk), several(door)))
    one = body[1]["value"]
    assert (one["title"], one["value"], one["unit"], one["state"]) == ("Door to doctor", 34, "min", "ok")
    assert (one["points"], one["source"], one["url"]) == ([39, 36, 34], "ehr", door.get_absolute_url())
    assert body[2]["value"] == {"title": "How we are doing", "figures": [one]}


def test_whom_a_figure_is_not_for_finds_no_trace_of_it(door, lab, page_with, as_bob, as_charlie):
    page = page_with(part(FIGURE, door.pk), several(door, title="Of the Emergency"), several(door, lab, title="All"))
    html = read(as_charlie, page)
    assert "Dear all" in html
    assert "Contaminated cultures" in html
    for trace in ("Door to doctor", "Of the Emergency", door.get_absolute_url(), "ehr"):
        assert trace not in html
        assert trace not in json.dumps(asked(as_charlie, page))
    assert [one["type"] for one in asked(as_charlie, page)] == ["paragraph", FIGURES]
    assert [one["title"] for one in asked(as_charlie, page)[1]["value"]["figures"]] == ["Contaminated cultures"]
    assert "Contaminated cultures" not in read(as_bob, page)


def test_what_a_figure_says_is_not_indexed_with_the_page(door, page_with):
    page = page_with(part(FIGURE, door.pk), several(door))
    assert "Door" not in Entry.objects.get(label="wagtailcore.page", key=str(page.pk)).body


@pytest.mark.parametrize("off_in", ["emergency", "laboratory"])
def test_off_at_home_or_for_the_reader_it_is_hidden_and_kept(off_in, door, stream, page_with, as_bob, request):
    source = door.source
    source.audience_key = EVERYONE.key
    source.save()
    reader = as_bob if off_in == "emergency" else request.getfixturevalue("as_charlie")
    deliver(source, csv_of(row("door", 0, 33, name="Door to doctor")))
    stored = part(FIGURE, door.pk)
    page = page_with(stored)
    assert "Door to doctor" in read(reader, page)
    rules.set_rule("kpis", request.getfixturevalue(off_in), rules.OFF, acting_person=None)
    assert "Door to doctor" not in read(reader, page)
    assert "kpis" not in json.dumps(asked(reader, page))
    stream.again(page).save_revision().publish()
    assert stream.stored(page)[1] == stored


def figures_queries(client, page) -> list[str]:
    """The statements of a page that ask about figures or their sources, besides what every page asks."""
    read(client, page)
    with CaptureQueriesContext(connection) as asked:
        read(client, page)
    tables = ('FROM "kpis_', 'FROM "ingestion_source"', "'kpis.kpi'")
    return [query["sql"] for query in asked if any(name in query["sql"] for name in tables)]


def test_all_blocks_of_a_page_cost_three_queries_and_each_kind_of_them_one(source, page_with, as_bob):
    """The rows that the blocks of one kind name, then for all together their entries and how fresh the sources are."""
    deliver(source, csv_of(*[row(f"k{number}", 0, number) for number in range(12)]))
    one, *others = Kpi.objects.order_by("pk")
    costs = [
        len(figures_queries(as_bob, page_with(*parts)))
        for parts in (
            [],
            [part(FIGURE, one.pk)],
            [part(FIGURE, other.pk) for other in others],
            [several(*others[:6]), several(*others[6:])],
            [several(*others[:6]), several(*others[6:]), part(FIGURE, one.pk)],
        )
    ]
    assert costs == [0, 3, 3, 3, 4]


@pytest.fixture
def as_chooser(client, emergency, alice):
    """Alice, who may open Wagtail's admin."""
    from django.contrib.auth.models import Permission

    alice.user_permissions.add(Permission.objects.get(codename="access_admin"))
    client.force_login(alice)
    return client


def test_editors_choose_among_the_figures_they_may_see(door, lab, as_chooser, as_ida):
    for name, more in (("choose", {}), ("choose_results", {}), ("choose_results", {"q": "o"})):
        found = as_chooser.get(reverse(f"kpi_chooser:{name}"), more).content.decode()
        assert "Door to doctor" in found
        assert "Contaminated" not in found
    assert "Door" not in as_chooser.get(reverse("kpi_chooser:choose_results"), {"q": "needle"}).content.decode()
    assert "Door to doctor" in as_chooser.get(reverse("kpi_chooser:chosen", args=[door.pk])).content.decode()
    assert as_chooser.get(reverse("kpi_chooser:chosen", args=[lab.pk])).status_code == 404
    assert as_chooser.get(reverse("kpi_chooser:chosen", args=["x"])).status_code == 404
    several = as_chooser.get(reverse("kpi_chooser:chosen_multiple"), {"id": [door.pk, lab.pk, "x"]}).content.decode()
    assert "Door to doctor" in several
    assert "Contaminated" not in several
    assert "Door" not in as_ida.get(reverse("kpi_chooser:choose")).content.decode()


def test_the_chooser_is_shut_where_the_plugin_is_off(door, as_chooser, emergency):
    rules.set_rule("kpis", emergency, rules.OFF, acting_person=None)
    assert as_chooser.get(reverse("kpi_chooser:choose")).status_code == 403


def test_the_editor_names_a_figure_only_to_whom_may_see_it(door, stream, page_with, as_ida, ida, emergency):
    page = page_with(part(FIGURE, door.pk))
    html = as_ida.get(f"/admin/pages/{page.pk}/edit/").content.decode()
    assert "A key figure that is not for you" in html
    assert "Door to doctor" not in html
    from portal.people.actions import add_membership

    add_membership(ida, emergency, acting_person=None)
    assert "Door to doctor" in as_ida.get(f"/admin/pages/{page.pk}/edit/").content.decode()
