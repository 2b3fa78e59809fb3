"""The pages people live in, in a real Chromium: on a phone and a desk, in light and dark, without JavaScript too."""

from __future__ import annotations

import secrets

import pytest
from playwright.sync_api import Browser

from tests.e2e.site import Site, eventually, is_fine, log_in

pytestmark = [
    pytest.mark.browser,
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
PAGES = [
    "/",
    "/search/?q=sepsis",
    "/news/",
    "/news/sixty-more-beds/",
    "/people/",
    "/people/head/",
    "/departments/merekaar/parnu/emergency/",
    "/app/kpis/",
    "/app/rosters/",
    "/app/tasks/",
    "/app/microblog/",
    "/app/expertise/?q=sepsis",
]


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1440, "light")])
def test_every_page_fits_is_accessible_and_makes_no_error(
    site: Site, chromium: Browser, width: int, scheme: str
) -> None:
    context = chromium.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)  # type: ignore[arg-type]
    page, errors = context.new_page(), []
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    log_in(page, site)
    for address in PAGES:
        answer = page.goto(site.url + address)
        assert answer is not None
        assert answer.status == 200, address
        is_fine(page)
    assert errors == []
    context.close()


def test_writing_reading_and_commenting_need_no_javascript(site: Site, chromium: Browser) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page, word = context.new_page(), "numbat" + secrets.token_hex(3)
    log_in(page, site)
    page.fill("textarea[name=text]", f"Who has seen the {word}?")
    page.click(".composer button[type=submit]")
    link = page.locator("main .hit a", has_text=word)
    eventually(lambda: page.goto(f"{site.url}/search/?q={word}") and link.count(), what="search finds the post")
    link.first.click()
    page.fill("textarea[name=text]", f"I saw the {word} in the canteen")
    page.click(".composer button[type=submit]")
    assert page.locator(".comment", has_text="in the canteen").count() == 1
    context.close()


def test_a_phone_without_a_pointer_reaches_everything_by_keyboard(site: Site, chromium: Browser) -> None:
    page = chromium.new_page()
    log_in(page, site)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Control+k")
    assert page.evaluate("document.activeElement.name") == "q"
    page.keyboard.type("sepsis")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search/?q=sepsis*")
    page.close()
