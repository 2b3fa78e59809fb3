"""The console of plugins in a real Chromium: it fits, it is accessible, and it needs no pointer."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.site import Site, is_fine, log_in

pytestmark = [
    pytest.mark.browser,
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
PAGES = [
    "",
    "matrix/",
    "why/?plugin=microblog&person=employee",
    "history/",
    "about/microblog/",
    "change/?cell=microblog:1",
]


@pytest.mark.parametrize(("width", "scheme"), [(390, "light"), (1440, "dark")])
def test_every_page_fits_and_is_accessible(site: Site, chromium: Browser, width: int, scheme: str) -> None:
    context = chromium.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)  # type: ignore[arg-type]
    page, errors = context.new_page(), []
    page.on("pageerror", lambda error: errors.append(str(error)))
    log_in(page, site, "it")
    for address in PAGES:
        answer = page.goto(f"{site.url}/admin/plugins/{address}")
        assert answer is not None
        assert answer.status == 200, address
        is_fine(page, within="#main")  # what is around it is Wagtail's
    assert errors == []
    context.close()


def test_a_column_is_chosen_looked_at_and_left_by_keyboard_alone(site: Site, chromium: Browser) -> None:
    page = chromium.new_page()
    log_in(page, site, "it")
    page.goto(f"{site.url}/admin/plugins/matrix/")
    head = page.get_by_label("Choose all of Tasks")
    head.focus()
    page.keyboard.press("Space")
    number = page.locator(".host-matrix tbody input:checked").count()
    assert number == page.locator(".host-matrix tbody tr").count() > 1
    button = page.get_by_role("button", name=f"Change what is chosen ({number})")
    button.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/plugins/change/")
    page.locator("input[name=state][value=off]").focus()
    page.keyboard.press("Space")
    page.get_by_role("button", name="Look at what it will do").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="What it will do")).to_be_visible()
    page.close()
