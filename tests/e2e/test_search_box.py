"""The search box elsewhere than on its page, and where no script runs."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from tests.e2e.site import Site, is_fine, log_in

pytestmark = [
    pytest.mark.browser,
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


def test_the_box_in_the_header_suggests_too(site: Site, chromium: Browser) -> None:
    page = chromium.new_page()
    log_in(page, site)
    page.keyboard.press("Control+k")
    page.keyboard.type("maret")
    page.wait_for_selector(".suggest [role=option]:visible")
    is_fine(page)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/people/*/")
    page.close()


def test_without_script_the_box_searches_and_own_searches_are_removed_by_forms(site: Site, chromium: Browser) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    log_in(page, site, "editor")
    page.goto(f"{site.url}/search/")
    page.fill("#q", "sepsis")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{site.url}/search/?q=sepsis")
    page.goto(f"{site.url}/search/")
    assert page.locator("main .recent a").all_inner_texts() == ["sepsis"]
    assert page.locator("[role=combobox]").count() == 0
    for button in ("search", "all"):
        page.locator(f"main .recent button[name={button}]").click()
        page.locator("main .toast", has_text="1 recent search is forgotten.").wait_for()
        assert page.locator("main .recent").count() == 0
        page.locator("main .toast button", has_text="Undo").click()
        page.wait_for_selector("main .recent")
        assert page.locator("main .recent a").all_inner_texts() == ["sepsis"]
    page.locator("main .recent button[name=all]").click()
    page.goto(f"{site.url}/search/")
    assert page.locator("main .recent").count() == 0
    context.close()
