"""The style guide in a real browser: accessible in every appearance, and never wider than the window."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.test import Client

from portal.people.models import Person
from tests.chromium import RULES, launched

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def browser(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    # Playwright keeps an event loop in this thread, in which Django would refuse to read the database.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    with launched() as chromium:
        yield chromium


def open_guide(browser: Any, live_server: Any, client: Client, person: Person, **options: Any) -> Any:
    client.force_login(person)
    context = browser.new_context(**options)
    context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}])
    page = context.new_page()
    page.goto(f"{live_server.url}/styleguide/")
    return page


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1440])
def test_nothing_in_the_guide_shuts_anybody_out(
    browser: Any, live_server: Any, client: Client, alice: Person, scheme: str, width: int
) -> None:
    viewport = {"width": width, "height": 900}
    page = open_guide(browser, live_server, client, alice, viewport=viewport, color_scheme=scheme)
    found = Axe().run(page, options=RULES).response["violations"]
    assert [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found] == []


@pytest.mark.parametrize("width", [320, 704, 1280])
def test_the_guide_never_scrolls_sideways(
    browser: Any, live_server: Any, client: Client, alice: Person, width: int
) -> None:
    page = open_guide(browser, live_server, client, alice, viewport={"width": width, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize(
    ("platform", "keys", "told", "shown"),
    [("Linux x86_64", "Control+k", "Control+K", "Ctrl K"), ("MacIntel", "Meta+k", "Meta+K", "⌘ K")],
)
def test_a_key_with_control_goes_to_the_search_and_no_single_key_does(
    browser: Any, live_server: Any, client: Client, alice: Person, platform: str, keys: str, told: str, shown: str
) -> None:
    page = open_guide(browser, live_server, client, alice, viewport={"width": 1440, "height": 900})
    page.add_init_script(
        f"Object.defineProperty(navigator, 'platform', {{get: () => '{platform}'}});"
        "Object.defineProperty(navigator, 'userAgentData', {get: () => undefined});"
    )
    page.reload()
    assert (page.get_attribute("#q-top", "aria-keyshortcuts"), page.locator(".top kbd").inner_text()) == (told, shown)
    for single in ("/", "k", "s", "Shift+K", "Alt+k"):
        page.keyboard.press(single)
        assert page.evaluate("document.activeElement.id") != "q-top", single
    page.locator("textarea").first.focus()
    page.keyboard.press(keys)
    assert page.evaluate("document.activeElement.id") == "q-top"


def test_escape_closes_a_menu(browser: Any, live_server: Any, client: Client, alice: Person) -> None:
    page = open_guide(browser, live_server, client, alice, viewport={"width": 1440, "height": 900})
    page.locator("header .menu > summary").click()
    assert page.locator("header .menu[open]").count() == 1
    page.keyboard.press("Escape")
    assert page.locator("header .menu[open]").count() == 0


def test_the_choice_of_appearance_stays(browser: Any, live_server: Any, client: Client, alice: Person) -> None:
    page = open_guide(browser, live_server, client, alice, viewport={"width": 1440, "height": 900})
    page.locator("[data-theme-toggle]").click()
    page.locator("[data-theme-toggle]").click()
    page.reload()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
