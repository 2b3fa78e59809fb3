"""What those see who may, in the admin and through the API, and that nobody else does."""

from __future__ import annotations

import csv
import io
import re
from html import unescape

import pytest
import yaml
from django.contrib.auth.models import Group, Permission
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cms.models import NewsPage
from cms.setup import ensure_tree
from search.seeking import report
from tests import factories
from tests.cast import logged_in
from tests.search.seeking.conftest import all_seek, seek

REPORT, API = "/admin/reports/seeking/", "/api/v1/search/seeking/"
TABS = ("nothing", "unclicked", "sought")


@pytest.fixture
def sought(people, on_day, night):
    """Enough, in part; and one too few of each."""
    all_seek(people[:8], "Canteen menu", click=2)
    all_seek(people[8:15], "canteen menu")
    all_seek(people[:6], "Jürgen's wiki", found=0)
    all_seek(people[:4], "falcon", found=0)
    all_seek(people[:4], "canteen menu too", click=1)
    night("2026-10-06")
    all_seek(people[:9], "not yet over", found=0)


def shown(answer) -> str:
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return body.decode()


def test_editors_and_search_managers_have_the_right_from_the_start_and_nobody_else(alice, eve):
    right = Permission.objects.get(codename="see_seeking", content_type__app_label="search")
    assert {group.name for group in right.group_set.all()} == {"Editors", "Search managers"}
    assert eve.has_perm("search.see_seeking")
    assert not alice.has_perm("search.see_seeking"), "the head of a department is not of the communications team"


def test_the_right_can_be_given_in_the_admin(as_ida):
    group = Group.objects.get(name="Moderators")
    assert "Can see what people seek" in as_ida.get(f"/admin/groups/edit/{group.pk}/").content.decode()


@pytest.mark.parametrize("tab", TABS)
def test_the_report_lists_what_enough_people_sought(as_eve, sought, tab):
    html = shown(as_eve.get(f"{REPORT}{tab}/"))
    assert ("canteen menu" in html) == (tab != "nothing")
    assert ("jurgen s wiki" in html) == (tab != "unclicked")
    for hidden in ("falcon", "canteen menu too", "not yet over"):
        assert hidden not in html


def test_the_numbers_stand_beside_each_phrase_and_a_dash_for_too_few_people(as_eve, sought):
    html = shown(as_eve.get(f"{REPORT}sought/"))
    rows = [re.findall(r"<td.*?</td>", row, re.S) for row in html.split("<tbody>")[1].split("<tr")[1:]]
    cells = [[" ".join(re.sub(r"<[^>]+>", " ", cell).split()) for cell in row] for row in rows]
    assert [row[0].split(" Write")[0] for row in cells] == ["canteen menu", "jurgen s wiki"]
    assert [row[1:] for row in cells] == [
        ["English", "15", "–", "7", "8", "2.0"],
        ["English", "6", "6", "–", "–", "–"],
    ]


def test_the_lists_keep_period_and_language(as_eve, sought):
    html = shown(as_eve.get(f"{REPORT}nothing/", {"period": "7", "language": "et", "p": "1"}))
    assert f'href="{REPORT}sought/?period=7&amp;language=et"' in html
    assert 'aria-current="page"' in html


def test_period_and_language_narrow_the_report(as_eve, sought, on_day):
    assert "canteen" not in shown(as_eve.get(f"{REPORT}sought/", {"language": "et"}))
    on_day("2026-10-13")
    assert "canteen" not in shown(as_eve.get(f"{REPORT}sought/", {"period": "7"}))
    assert "canteen" in shown(as_eve.get(f"{REPORT}sought/", {"period": "91"}))
    assert "canteen" in shown(as_eve.get(f"{REPORT}sought/results/", {"period": "91"}))
    assert "canteen" in shown(as_eve.get(f"{REPORT}sought/", {"period": "nonsense"}))


def test_an_empty_report_says_why(as_eve, settings):
    html = shown(as_eve.get(f"{REPORT}nothing/"))
    assert "no phrase was sought so by at least 5 different people" in html
    settings.FOLKMOOT_SEEKING_PEOPLE = 0
    assert "is not counted in this installation" in shown(as_eve.get(f"{REPORT}nothing/"))


def test_the_export_holds_what_the_report_shows(as_eve, sought):
    answer = as_eve.get(f"{REPORT}sought/", {"export": "csv"})
    assert answer["Content-Type"] == "text/csv"
    rows = list(csv.reader(io.StringIO(shown(answer))))
    assert rows == [
        ["Phrase", "Language", "Searches", "Without results", "Without a click", "With a click",
         "Position opened, on average"],
        ["canteen menu", "en", "15", "", "7", "8", "2.0"],
        ["jurgen s wiki", "en", "6", "6", "", "", ""],
    ]  # fmt: skip


def test_a36_no_cell_of_the_export_begins_a_formula(as_eve, people, night):
    for text in ("=1+1", "+cmd", "-2+3", "@sum", "\t=x", "'=y", '"=z"'):
        all_seek(people[:5], text)
    night("2026-10-06")
    rows = list(csv.reader(io.StringIO(shown(as_eve.get(f"{REPORT}sought/", {"export": "csv"})))))
    assert len(rows) == 8
    assert not [cell for row in rows for cell in row if cell[:1] in "=+-@\t\r" and cell]


def test_a26_a_phrase_is_text_on_the_page(as_eve, people, night):
    all_seek(people[:5], "R&D <b onclick=x>")
    night("2026-10-06")
    html = shown(as_eve.get(f"{REPORT}sought/"))
    assert "r&amp;d b onclick x" in html
    assert "<b onclick" not in html


def test_the_api_tells_the_same(as_eve, sought):
    body = as_eve.get(API, {"measure": "sought", "period": "7"}).json()
    assert (body["count"], body["count_exact"], body["next"]) == (2, True, None)
    assert body["results"] == [
        {"phrase": "canteen menu", "language": "en", "sought": 15, "nothing": None, "unclicked": 7, "clicked": 8,
         "position": 2.0},
        {"phrase": "jurgen s wiki", "language": "en", "sought": 6, "nothing": 6, "unclicked": None, "clicked": None,
         "position": None},
    ]  # fmt: skip
    assert [row["phrase"] for row in as_eve.get(API).json()["results"]] == ["jurgen s wiki"]


@pytest.mark.parametrize("given", [{"measure": "clicked"}, {"period": "5"}, {"period": "x"}, {"language": "fr"}])
def test_the_api_refuses_what_cannot_be(as_eve, given):
    answer = as_eve.get(API, given)
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"


def test_the_schema_describes_the_answer(tmp_path):
    path = tmp_path / "schema.yaml"
    call_command("spectacular", "--file", str(path), stderr=io.StringIO())
    schema = yaml.safe_load(path.read_text())
    operation = schema["paths"][API]["get"]
    assert {parameter["name"] for parameter in operation["parameters"]} == {"measure", "period", "language", "page"}
    page = operation["responses"]["200"]["content"]["application/json"]["schema"]
    assert "PhraseList" in page["$ref"]
    assert schema["components"]["schemas"]["Phrase"]["properties"]["nothing"]["nullable"] is True


@pytest.mark.parametrize("door", [*(f"{REPORT}{tab}/" for tab in TABS), f"{REPORT}nothing/results/",
                                  f"{REPORT}sought/?export=csv", f"{REPORT}sought/?export=xlsx", API,
                                  f"{REPORT}page/?title=x"])  # fmt: skip
def test_nobody_else_opens_any_door_to_it(sought, door, alice, bob, client, organisation):
    moderator = factories.person("moderator", departments=[organisation])
    moderator.groups.add(Group.objects.get(name="Moderators"))  # may open the admin, but not this
    for who in (logged_in(bob), logged_in(alice), logged_in(moderator), client):
        for method in ("get", "head", "options", "post"):
            answer = getattr(who, method)(door)
            assert answer.status_code in (302, 401, 403, 405), (door, method)
            assert "canteen" not in shown(answer)
            assert "wiki" not in shown(answer)
    assert "seeking" not in logged_in(moderator).get("/admin/").content.decode()


def test_an_unknown_list_is_not_found(as_eve):
    for name in ("clicked", "everything", "nothing'"):
        assert as_eve.get(f"{REPORT}{name}/").status_code == 404


@pytest.mark.parametrize("door", [f"{REPORT}sought/", f"{REPORT}sought/?export=csv", f"{API}?measure=sought"])
def test_the_report_costs_the_same_queries_however_much_is_in_it(as_eve, people, night, settings, door):
    settings.FOLKMOOT_STAMP_SECONDS = 3600
    counts = []
    for day, size in (("2026-10-06", 2), ("2026-10-07", 20)):
        for number in range(size):
            all_seek(people[:5], f"phrase {number}")
        night(day)
        shown(as_eve.get(door))
        with CaptureQueriesContext(connection) as queries:
            assert f"phrase {size - 1}" in shown(as_eve.get(door))
        counts.append(len(queries))
        ours = [query for query in queries if "search_figure" in query["sql"]]
        assert len(ours) <= 2, "the rows, and how many there are"
    assert counts[0] == counts[1]


# From a phrase to what is to be done about it


def test_each_phrase_is_one_step_from_what_can_be_done_about_it(as_ida, sought):
    html = shown(as_ida.get(f"{REPORT}nothing/"))
    addresses = [unescape(address) for address in re.findall(r'href="([^"]*jurgen\+s\+wiki)"', html)]
    assert [address.split("?")[1] for address in addresses] == [
        "q=jurgen+s+wiki",
        "phrases=jurgen+s+wiki",
        "term=jurgen+s+wiki",
        "language=en&next=%2Fadmin%2Freports%2Fseeking%2Fnothing%2F&phrase=jurgen+s+wiki",
    ]
    for address in addresses[1:]:
        assert "jurgen s wiki" in shown(as_ida.get(address, follow=True)).lower(), address


def test_only_the_steps_that_somebody_may_take_are_offered(as_eve, sought, organisation):
    html = shown(as_eve.get(f"{REPORT}nothing/"))
    assert ("Write a page" in html, "Promote a result" in html, "Add a synonym" in html) == (True, False, False)
    manager = factories.person("manager", departments=[organisation])
    manager.groups.add(Group.objects.get(name="Search managers"))
    html = shown(logged_in(manager).get(f"{REPORT}nothing/"))
    assert ("Write a page" in html, "Promote a result" in html, "Add a synonym" in html) == (False, True, True)


def test_a_step_that_this_installation_does_not_have_is_not_offered(as_eve, sought, monkeypatch):
    monkeypatch.setattr(
        report, "_STEPS", (("Here", "people", "phrase", "pick", bool), ("Gone", "no:such", "x", "pick", bool))
    )
    html = shown(as_eve.get(f"{REPORT}nothing/"))
    assert 'href="/people/?phrase=jurgen+s+wiki"' in html
    assert "Gone" not in html


def test_a_phrase_becomes_the_title_of_a_page_where_the_editor_chooses(as_eve, eve, organisation):
    tree = ensure_tree(organisation)
    html = shown(as_eve.get(f"{REPORT}page/", {"phrase": "parking permit"}))
    assert 'value="Parking permit"' in html
    given = {"title": "Parking permit", "section": tree.news.pk, "kind": "cms.newspage"}
    answer = as_eve.get(f"{REPORT}page/", given, follow=True)
    html = shown(answer)
    assert answer.status_code == 200
    assert 'value="Parking permit"' in html
    assert f'action="/admin/pages/add/cms/newspage/{tree.news.pk}/"' in html


def test_a_page_is_offered_only_where_it_can_be(as_eve, eve, bob, organisation, monkeypatch):
    tree = ensure_tree(organisation)
    given = {"title": "X", "section": tree.news.pk, "kind": "cms.newspage"}
    with monkeypatch.context() as full:
        full.setattr(NewsPage, "max_count", 0)
        html = shown(as_eve.get(f"{REPORT}page/", given))
    assert "This section does not take it. It takes: Process, Facility, Section." in html
    eve.groups.clear()
    eve.user_permissions.add(*Permission.objects.filter(codename__in=["access_admin", "see_seeking"]))
    assert "You may not add pages here" in shown(as_eve.get(f"{REPORT}page/", given))
    address = f"{REPORT}page/cms/newspage/{tree.news.pk}/?title=X"
    assert as_eve.get(address).status_code == 302
    assert logged_in(bob).get(address).status_code == 302


@pytest.mark.parametrize("given", [{"section": "x", "kind": "cms.newspage"}, {"section": "1"}, {"section": "9" * 30},
                                   {"section": "2", "kind": "auth.group"}])  # fmt: skip
def test_nonsense_about_a_page_is_told_in_the_form(as_eve, organisation, given):
    ensure_tree(organisation)
    answer = as_eve.get(f"{REPORT}page/", {"title": "X" * 400, **given})
    assert answer.status_code == 200
    assert answer.context["form"].errors


def test_the_form_of_the_page_is_only_shown_here(as_eve, organisation):
    tree = ensure_tree(organisation)
    answer = as_eve.post(f"{REPORT}page/cms/newspage/{tree.news.pk}/", {"title": "X"})
    assert answer.status_code == 405
    assert not NewsPage.objects.exists()


def test_seeking_in_the_admin_is_told_by_one_row_a_phrase(as_eve, people, night):
    for day in ("2026-10-06", "2026-10-07"):
        all_seek(people[:5], "twice shown")
        night(day)
    seek(people[0], "twice shown")
    assert shown(as_eve.get(f"{REPORT}sought/")).count('href="/search/?q=twice+shown"') == 1
