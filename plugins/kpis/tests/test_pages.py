"""What is seen of key figures, by whom, and at what cost."""

from __future__ import annotations

import pytest
from django.urls import reverse

from plugins.kpis import privacy
from plugins.kpis.models import Kpi
from plugins.kpis.slots import of_department
from plugins.kpis.tests.samples import cost, csv_of, row
from plugins.kpis.widgets import key_figures
from portal.catalogue.models import Entry
from portal.host import rules
from portal.testing.adapters import deliver

SCRIPT = "<script>alert(1)</script>"


def request_of(rf, person):
    request = rf.get("/")
    request.user = person
    return request


def test_a_colleague_sees_the_figure_with_its_chart_and_its_table(door, as_bob):
    html = as_bob.get(door.get_absolute_url()).content.decode()
    assert "Door to doctor" in html
    assert "3 readings: from 39 min" in html
    assert html.count("<tr>") == 4
    assert "ehr" in html


def test_a_figure_with_one_reading_has_a_page(source, as_bob):
    deliver(source, csv_of(row("lonely", 0, 7)))
    html = as_bob.get(Kpi.objects.get().get_absolute_url()).content.decode()
    assert "<polyline" not in html
    assert "lonely" in html


def test_outsiders_find_nothing(door, as_charlie, charlie, rf):
    assert as_charlie.get(door.get_absolute_url()).status_code == 404
    assert as_charlie.get(f"/api/v1/kpis/{door.pk}/").status_code == 404
    assert "Door to doctor" not in as_charlie.get(reverse("kpis:kpis")).content.decode()
    answer = as_charlie.get("/api/v1/kpis/").json()
    assert (answer["count"], answer["results"]) == (0, [])
    assert key_figures(request_of(rf, charlie)) == ""


def test_off_means_refused_and_hidden_and_on_again_means_back(door, emergency, as_bob, bob, as_ida):
    rules.set_rule("kpis", emergency, rules.OFF, acting_person=None)
    assert as_bob.get(door.get_absolute_url()).status_code == 403
    assert as_bob.get("/api/v1/kpis/").status_code == 403
    assert "Door to doctor" not in as_bob.get("/").content.decode()
    assert "Door to doctor" not in as_ida.get("/api/v1/kpis/").content.decode()
    rules.set_rule("kpis", emergency, rules.INHERIT, acting_person=None)
    assert as_bob.get(door.get_absolute_url()).status_code == 200


def test_off_at_home_refuses_a_reader_for_whom_it_is_on(emergency, laboratory, charlie, as_charlie):
    from portal.audience.expressions import EVERYONE
    from portal.testing.adapters import make_source

    deliver(make_source("kpis.csv", department=emergency, audience=EVERYONE), csv_of(row("door", 0, 34)))
    kpi = Kpi.objects.get()
    assert as_charlie.get(kpi.get_absolute_url()).status_code == 200
    rules.set_rule("kpis", emergency, rules.OFF, acting_person=None)
    assert as_charlie.get(kpi.get_absolute_url()).status_code == 403
    assert as_charlie.get("/api/v1/kpis/").json()["count"] == 0


@pytest.mark.parametrize("field", ["unit", "name", "note"])
def test_a26_a_script_in_a_figure_is_inert_everywhere(field, source, as_bob, bob, rf, emergency):
    deliver(source, csv_of(row("door", 1, 30), row("door", 0, 34, **{field: SCRIPT})))
    kpi = Kpi.objects.get()
    pages = [kpi.get_absolute_url(), reverse("kpis:kpis"), "/", emergency.get_absolute_url()]
    html = "".join(as_bob.get(page).content.decode() for page in pages) + key_figures(request_of(rf, bob))
    assert SCRIPT not in html
    assert "&lt;script&gt;" in html


def test_the_api_lists_figures_with_their_newest_reading(door, as_bob, emergency):
    [found] = as_bob.get("/api/v1/kpis/", {"department": emergency.url_path}).json()["results"]
    assert (found["kind"], found["type"], found["plugin"]) == ("automated", "kpi", "kpis")
    assert (found["id"], found["value"], found["unit"], found["state"]) == (door.pk, 34, "min", "ok")
    assert found["department"] == emergency.url_path
    one = as_bob.get(f"/api/v1/kpis/{door.pk}/").json()
    assert [float(reading["value"]) for reading in one["readings"]] == [34, 36, 39]


def test_the_widget_shows_the_nearest_figures_and_where_they_come_from(door, bob, rf):
    html = key_figures(request_of(rf, bob))
    assert "Door to doctor" in html
    assert "On target" in html
    assert '<p class="source"><span>from ehr</span>' in html


def test_a_late_source_is_said_with_the_last_good_value(door, source, bob, rf):
    source.last_success_at, source.stale_after = door.read_at.replace(year=2020), 5
    source.save()
    html = key_figures(request_of(rf, bob))
    assert "Last good value" in html
    assert "is-stale" in html


def test_lists_cost_the_same_however_many_figures(source, as_bob, bob, rf, emergency, settings):
    settings.FOLKMOOT_STAMP_SECONDS = 3600
    request, costs = request_of(rf, bob), []
    pages = [reverse("kpis:kpis"), "/api/v1/kpis/"]
    for count in (2, 40):
        deliver(source, csv_of(*[row(f"k{n}", ago, 30 + n) for n in range(count) for ago in (1, 0)]))
        as_bob.get(pages[0])
        assert cost(lambda: key_figures(request)) == 2  # entries, sources
        assert cost(lambda: of_department(request, emergency)) == 2  # entries, sources
        costs.append([cost(lambda page=page: as_bob.get(page)) for page in pages])
    assert costs[0] == costs[1]
    assert costs[0][1] == 5  # session, person, count, entries, sources


def test_a_page_costs_the_same_however_long_its_history(source, as_bob, settings):
    settings.FOLKMOOT_STAMP_SECONDS = 3600
    costs = []
    for count in (2, 100):
        deliver(source, csv_of(*[row("door", ago, 30 + ago) for ago in range(count)]))
        url = Kpi.objects.get().get_absolute_url()
        as_bob.get(url)
        costs.append(cost(lambda url=url: as_bob.get(url)))
    assert costs[0] == costs[1]


def test_erasing_a_person_takes_the_name_off_the_figures(door, alice):
    Kpi.objects.update(owner=alice)
    assert privacy.export(alice)["key_figures_owned"][0]["name"] == "Door to doctor"
    assert privacy.erase(alice, acting_person=None) == 1
    door.refresh_from_db()
    assert door.owner is None
    assert "Alice" not in Entry.objects.get(type="kpi").body
