"""In a real browser: opening a result is told beside the link, and the report shuts nobody out."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.auth.models import Group
from django.test import Client

from portal.people.models import Person
from search.seeking.models import Sought
from tests import factories
from tests.chromium import RULES, launched
from tests.search.seeking.conftest import all_seek

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def browser(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    # Playwright keeps an event loop in this thread, in which Django would refuse to read the database.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    with launched() as chromium:
        yield chromium


@pytest.fixture
def page_of(browser: Any, live_server: Any) -> Callable[..., Any]:
    """A page in the browser of a person who is logged in, and what went wrong in it."""

    def open_page(person: Person, address: str, **options: Any) -> Any:
        client = Client()
        client.force_login(person)
        context = browser.new_context(base_url=live_server.url, **options)
        context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}])
        page = context.new_page()
        page.errors = []
        page.on("console", lambda said: page.errors.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: page.errors.append(str(error)))
        page.goto(address)
        return page

    return open_page


def told() -> int | None:
    """The position that was told within a few seconds, if one was."""
    deadline = time.monotonic() + 5
    while (position := Sought.objects.get().position) is None and time.monotonic() < deadline:
        time.sleep(0.1)
    return position


@pytest.mark.parametrize("how", ["click", "middle", "keyboard"])
def test_an_opened_result_is_told_and_its_link_stays_what_it_is(
    publish_one: None, page_of: Callable[..., Any], bob: Person, how: str
) -> None:
    page = page_of(bob, "/search/?q=blood")
    link = page.locator(".results .hit h3 a")
    assert link.evaluate("a => a.href").endswith("/people/bob/")
    if how == "keyboard":
        link.focus()
        page.keyboard.press("Enter")
    else:
        link.click(button=how if how == "middle" else "left")
    assert told() == 1
    assert page.errors == []
    if how != "middle":
        page.wait_for_url("**/people/bob/")


def test_links_that_are_no_results_tell_nothing(publish_one: None, page_of: Callable[..., Any], bob: Person) -> None:
    page = page_of(bob, "/search/?q=blood")
    sent = []
    page.on("request", lambda request: sent.append(request.url) if "opened" in request.url else None)
    page.locator(".tabs a").first.click()
    page.wait_for_load_state()
    assert [url for url in sent if url.endswith("/opened/")] == []
    assert Sought.objects.get().position is None


def test_without_scripts_results_open_and_nothing_is_told(
    publish_one: None, page_of: Callable[..., Any], bob: Person
) -> None:
    page = page_of(bob, "/search/?q=blood", java_script_enabled=False)
    page.locator(".results .hit h3 a").click()
    page.wait_for_url("**/people/bob/")
    assert Sought.objects.get().position is None


def test_the_report_and_the_way_to_a_page_shut_nobody_out(
    people: list[Person], night: Callable[[str], None], page_of: Callable[..., Any]
) -> None:
    eve = factories.person("eve")
    eve.groups.add(Group.objects.get_or_create(name="Editors")[0])
    eve.is_superuser = True
    eve.save()
    all_seek(people[:6], "parking permit", found=0)
    night("2026-10-06")
    page = page_of(eve, "/admin/reports/seeking/nothing/", viewport={"width": 1280, "height": 900})
    assert page.locator("td.title", has_text="parking permit").count() == 1
    assert _violations(page) == []
    page.get_by_role("link", name="Write a page for “parking permit”").click()
    page.wait_for_url("**/admin/reports/seeking/page/**")
    assert page.get_by_label("Title").input_value() == "Parking permit"
    assert _violations(page) == []
    assert page.errors == []


def _violations(page: Any) -> list[tuple[str, list[str]]]:
    """In what is ours; the frame around it is Wagtail's."""
    found = Axe().run(page, context={"include": ["#main"]}, options=RULES).response["violations"]
    return [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found]
