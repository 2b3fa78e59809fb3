"""What is seen of key figures, by whom, and at what cost."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from plugins.kpis import privacy
from plugins.kpis.describing import write_definition, write_note
from plugins.kpis.models import Kpi, Subscription
from plugins.kpis.slots import of_department
from plugins.kpis.tests.samples import cost, csv_of, day, row
from plugins.kpis.widgets import key_figures
from portal.audience.expressions import EVERYONE
from portal.catalogue.models import Entry
from portal.host import rules
from portal.ingestion.models import Source
from portal.testing.adapters import deliver, make_source
from tests import factories

SCRIPT = "<script>alert(1)</script>"


def request_of(rf, person):
    request = rf.get("/")
    request.user = person
    return request


def test_a_colleague_sees_the_figure_with_its_chart_and_its_table(door, as_bob):
    html = as_bob.get(door.get_absolute_url()).content.decode()
    assert "Door to doctor" in html
    assert "3 readings, from 39 min" in html
    assert html.count("<tr>") == 4
    assert "ehr" in html


def test_a_figure_with_one_reading_has_a_page(source, as_bob):
    deliver(source, csv_of(row("lonely", 0, 7)))
    html = as_bob.get(Kpi.objects.get().get_absolute_url()).content.decode()
    assert "<polyline" not in html
    assert "lonely" in html


def test_numbers_stand_alike_everywhere_on_its_pages(source, as_alice):
    deliver(source, csv_of(row("leave", 0, "6.2", unit="%", aim="5.5,3,6.5,down")))
    figure = Kpi.objects.get()
    html = as_alice.get(figure.get_absolute_url()).content.decode()
    assert "At most 5.5 %" in html
    assert "<dd>5.5 %</dd>" in html
    assert "5.50" not in html
    note = as_alice.get(reverse("kpis:note", args=[figure.pk, figure.readings.get().pk])).content.decode()
    assert '<p class="kpi__value">6.2 %</p>' in note


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


def test_the_api_pages_through_all_readings(source, as_bob, as_charlie, alice):
    deliver(source, csv_of(*[row("door", ago, 30 + ago) for ago in range(25)]))
    kpi = Kpi.objects.get()
    write_note(kpi.readings.get(date=day(0)), "Strike", acting_person=alice)
    address = f"/api/v1/kpis/{kpi.pk}/readings/"
    first = as_bob.get(address).json()
    assert (first["count"], len(first["results"])) == (25, 20)
    newest = first["results"][0]
    assert (newest["date"], newest["value"], newest["note"]) == (day(0).isoformat(), "30.0000", "")
    assert (newest["added_note"]["text"], newest["added_note"]["author"]["username"]) == ("Strike", "alice")
    assert [one["added_note"] for one in first["results"][1:]] == [None] * 19
    assert len(as_bob.get(first["next"]).json()["results"]) == 5
    assert as_charlie.get(address).status_code == 404


def test_the_api_says_what_a_figure_means(door, alice, as_bob):
    Kpi.objects.update(owner=alice)
    door.refresh_from_db()
    write_definition(door, "Median", acting_person=alice)
    one = as_bob.get(f"/api/v1/kpis/{door.pk}/").json()
    assert (one["definition"], one["direction"], one["owner"]["username"]) == ("Median", "down", "alice")


def test_the_api_subscribes_for_oneself(door, bob, as_bob, as_alice, as_charlie):
    address, mine = f"/api/v1/kpis/{door.pk}/subscription/", "/api/v1/kpis/subscriptions/"
    wanted = {"bands": False, "above": "40.5", "person": 1, "kpi": 99}
    assert as_bob.get(address).status_code == 404
    kept = as_bob.put(address, wanted, content_type="application/json").json()
    assert (kept["kpi"], kept["bands"], kept["above"], kept["below"]) == (door.pk, False, "40.5000", None)
    assert as_bob.get(address).json() == kept
    assert as_bob.get(mine).json()["results"] == [kept]
    assert as_alice.get(mine).json()["results"] == []
    assert as_alice.get(address).status_code == 404
    assert as_alice.delete(address).status_code == 204
    assert list(Subscription.objects.values_list("person", flat=True)) == [bob.pk]
    assert as_bob.put(address, {"bands": False}, content_type="application/json").status_code == 400
    for method in (as_charlie.get, as_charlie.delete):
        assert method(address).status_code == 404
    assert as_charlie.put(address, {}, content_type="application/json").status_code == 404
    assert as_bob.delete(address).status_code == 204
    assert Subscription.objects.count() == 0


def test_figures_are_narrowed_to_a_department_and_to_a_state(source, laboratory, as_bob, emergency):
    triage = factories.department("Triage", parent=emergency)
    rows = [row("good", 0, 30), row("near", 0, 42), row("bad", 0, 50), row("gone", 1, 30)]
    deliver(source, csv_of(*rows))
    deliver(source, csv_of(*rows[:3]), sent_at=timezone.now() + timedelta(seconds=1))
    deeper = make_source("kpis.csv", slug="deep", department=triage, stale_after=5, audience=EVERYONE)
    deliver(deeper, csv_of(row("deep", 0, 30)))
    names = {"good", "near", "bad", "gone", "deep"}

    def shown(**asked: str) -> set[str]:
        html = as_bob.get(reverse("kpis:kpis"), asked).content.decode()
        page = {name for name in names if f">{name}</a></h3>" in html}
        assert {one["title"] for one in as_bob.get("/api/v1/kpis/", asked).json()["results"]} == page
        return page

    assert shown() == names
    assert shown(department=triage.url_path) == {"deep"}
    assert [shown(state=state) for state in ("ok", "warn", "bad", "stale")] == [
        {"good", "deep"}, {"near"}, {"bad"}, {"gone"}
    ]  # fmt: skip
    Source.objects.filter(slug="deep").update(last_success_at=timezone.now() - timedelta(hours=1))
    assert (shown(state="ok"), shown(state="stale")) == ({"good"}, {"gone", "deep"})
    assert shown(state="stale", department=triage.url_path) == {"deep"}
    assert (
        "No key figures stand so"
        in as_bob.get(reverse("kpis:kpis"), {"state": "bad", "department": triage.url_path}).content.decode()
    )
    assert as_bob.get("/api/v1/kpis/", {"state": "x"}).status_code == 400


def test_departments_to_choose_from_are_those_with_figures_one_may_see(door, laboratory, as_bob, as_charlie):
    deliver(make_source("kpis.csv", department=laboratory), csv_of(row("lab", 0, 1)))
    deliver(make_source("kpis.csv", department=laboratory.get_parent(), audience=EVERYONE), csv_of(row("all", 0, 1)))
    html = as_bob.get(reverse("kpis:kpis")).content.decode()
    assert html.count("<option") == 3
    assert laboratory.url_path not in html
    assert laboratory.url_path in as_charlie.get(reverse("kpis:kpis")).content.decode()


def test_the_page_says_what_is_asked_of_the_figure_and_whom_to_ask(door, alice, as_bob):
    Kpi.objects.update(owner=alice)
    html = as_bob.get(door.get_absolute_url()).content.decode()
    for said in (
        "At most 40 min · Above 45 min is bad",
        alice.get_absolute_url(),
        'href="#talk">Ask',
        "lower is better",
    ):
        assert said in html


def test_comments_on_a_figure_stand_on_its_page_and_are_found_with_it(door, source, bob, as_bob, as_charlie, settings):
    settings.ELASTICSEARCH_URL = ""
    entry = Entry.objects.get(type="kpi")
    answer = as_bob.post(f"/app/comments/{entry.pk}/", {"text": "Why so fast, quagmire?"})
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith(f"{door.get_absolute_url()}#")
    assert "quagmire" in as_bob.get(door.get_absolute_url()).content.decode()
    assert as_bob.get("/api/v1/search/", {"q": "quagmire"}).json()["count"] == 1
    assert as_charlie.get("/api/v1/search/", {"q": "quagmire"}).json()["count"] == 0
    assert as_charlie.post(f"/app/comments/{entry.pk}/", {"text": "Me too"}).status_code == 404
    rules.set_rule("kpis", source.department, rules.OFF, acting_person=None)
    assert as_bob.get("/api/v1/search/", {"q": "quagmire"}).json()["count"] == 0


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
    pages = [reverse("kpis:kpis"), "/api/v1/kpis/", f"{reverse('kpis:kpis')}?state=stale", "/api/v1/kpis/?state=ok"]
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
