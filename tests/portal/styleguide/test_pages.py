"""The page templates of the portal: what they need is what they get, and refusals never fail themselves."""

from __future__ import annotations

import re
from types import SimpleNamespace

import pytest
from django.db import connection
from django.template.loader import render_to_string
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.safestring import SafeString

from portal.people.models import Department, Person
from portal.styleguide import items
from portal.styleguide.items import SEPSIS, WINTER
from tests import factories


@pytest.mark.parametrize("name", ["400.html", "401.html", "500.html", "503.html", "507.html"])
def test_failures_are_told_without_a_request(name: str) -> None:
    html = render_to_string(name)
    assert "<h1" in html
    assert "</html>" in html


def test_a_failure_tells_what_it_is_given() -> None:
    html = render_to_string("503.html", {"title": "No <database>.", "detail": "Try again."})
    assert "No &lt;database&gt;." in html
    assert "Try again." in html


def test_a_plugin_that_is_off_says_that_the_data_is_retained(client: Client, alice: Person) -> None:
    client.force_login(alice)
    request = client.get("/people/").wsgi_request
    assert "the data is retained" in render_to_string("403_plugin_off.html", {}, request)


@pytest.mark.parametrize("address", ["/", "/people/", "/departments/", "emergency", "/people/alice/"])
def test_a_page_has_one_heading_and_its_frame(
    client: Client, alice: Person, bob: Person, emergency: Department, address: str
) -> None:
    client.force_login(alice)
    response = client.get(emergency.get_absolute_url() if address == "emergency" else address)
    assert response.status_code == 200
    html = response.content.decode()
    assert html.count("<h1") == 1
    assert 'href="#main"' in html
    assert html.count('<nav class="nav"') == 1
    assert '<html lang="en"' in html


def test_nothing_runs_inside_the_page(client: Client, alice: Person) -> None:
    client.force_login(alice)
    html = client.get("/styleguide/").content.decode()
    assert "<script>" not in html
    assert " onclick=" not in html
    assert "javascript:" not in html


def test_styles_in_attributes_only_set_custom_properties(client: Client, alice: Person) -> None:
    client.force_login(alice)
    html = client.get("/styleguide/").content.decode()
    set_there = {
        part.split(":")[0].strip() for style in re.findall(r'style="([^"]*)"', html) for part in style.split(";")
    }
    assert {name for name in set_there if name and not name.startswith("--")} == set()


def test_the_directory_groups_people_by_letter(client: Client, alice: Person, bob: Person) -> None:
    client.force_login(alice)
    html = client.get("/people/").content.decode().partition('id="main"')[2]
    assert html.index(">A</h3>") < html.index("Alice Aav") < html.index(">B</h3>") < html.index("Bob Berg")


def test_an_empty_search_of_the_directory_offers_the_way_back(client: Client, alice: Person) -> None:
    client.force_login(alice)
    assert "Nobody found" in client.get("/people/", {"q": "zzz"}).content.decode()


def test_the_directory_asks_as_often_for_many_as_for_few(client: Client, alice: Person) -> None:
    client.force_login(alice)
    client.get("/people/")
    counts = []
    for _round in range(2):
        with CaptureQueriesContext(
            connection,
        ) as asked:
            client.get("/people/")
        counts.append(len(asked))
        for _person in range(6):
            factories.person(departments=[alice.memberships.get().department])
    assert counts[0] == counts[1]


ARTICLE = {
    "introduction": "Every site opens a flexible ward.",
    "outline": [{"anchor": "what", "text": "What changes"}],
    "crumbs": [{"label": "News", "url": "/news/"}, {"label": "Winter plan", "url": ""}],
    "translations": [{"code": "et", "url": "/news/et/"}],
    "facts": [{"label": "Kept by", "value": "Ingrid Holm"}],
    "related": [SEPSIS],
    "below_html": [SafeString("<p>Comments</p>")],
}


@pytest.mark.parametrize("name", ["news_page", "process_page", "facility_page"])
def test_an_article_has_its_text_its_outline_and_its_facts(client: Client, alice: Person, name: str) -> None:
    client.force_login(alice)
    request = client.get("/people/").wsgi_request
    page = SimpleNamespace(title="Sixty more beds", body=SafeString("<p>Last February</p>"))
    html = render_to_string(f"cms/{name}.html", {**ARTICLE, "page": page, "entry": WINTER, "image": None}, request)
    assert html.count("<h1") == 1
    for part in ("Sixty more beds", "Last February", 'href="#what"', "Kept by", "Comments", 'hreflang="et"'):
        assert part in html


def test_an_article_without_an_entry_can_be_previewed(client: Client, alice: Person) -> None:
    client.force_login(alice)
    request = client.get("/people/").wsgi_request
    page = SimpleNamespace(title="Draft", body=SafeString("<p>Not yet</p>"))
    assert "Not yet" in render_to_string("cms/news_page.html", {"page": page}, request)


def test_an_overdue_process_says_so(client: Client, alice: Person) -> None:
    client.force_login(alice)
    request = client.get("/people/").wsgi_request
    page = SimpleNamespace(title="Visitors", body="")
    steps = [{"title": "Ring", "html": SafeString("<em>5522</em>")}]
    html = render_to_string("cms/process_page.html", {"page": page, "overdue": True, "steps": steps}, request)
    assert "The review of this page is overdue." in html
    assert "<em>5522</em>" in html


def test_a_section_without_pages_says_what_would_be_there(client: Client, alice: Person) -> None:
    client.force_login(alice)
    request = client.get("/people/").wsgi_request
    html = render_to_string("cms/section_page.html", {"page": SimpleNamespace(title="News"), "entries": []}, request)
    assert "Nothing published here yet" in html


def test_search_shows_hits_facets_and_the_slower_engine(client: Client, alice: Person) -> None:
    client.force_login(alice)
    request = client.get("/people/").wsgi_request
    found = {**items.context(), "q": "beds <b>", "total": 32, "limited": True, "kept": [("kind", "managed")]}
    html = render_to_string("search/search.html", found, request)
    assert "<mark>sepsis</mark>" in html
    assert "Limited results" in html
    assert 'name="kind" value="managed"' in html
    assert "beds &lt;b&gt;" in html
    assert "beds <b>" not in html


def test_search_without_hits_offers_the_search_without_filters(client: Client, alice: Person) -> None:
    client.force_login(alice)
    request = client.get("/people/").wsgi_request
    applied = [{"label": "News", "remove_url": "?q=x"}]
    shown = {"q": "x y", "total": 0, "applied": applied, "chosen": [("type", "news")]}
    html = render_to_string("search/search.html", shown, request)
    assert "Nothing found" in html
    assert 'href="?q=x%20y"' in html
