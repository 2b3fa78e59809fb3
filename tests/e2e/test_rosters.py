"""The roster in a real Chromium, and the personal calendar from the button to the program that reads it."""

from __future__ import annotations

import httpx
import pytest
from icalendar import Calendar
from playwright.sync_api import Browser, Page

from tests.e2e.site import Site, is_fine, log_in

pytestmark = [
    pytest.mark.browser,
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
ROSTERS = "/app/rosters/"


def make_address(page: Page, site: Site) -> str:
    page.goto(f"{site.url}{ROSTERS}calendar/")
    page.click("form[action$='/calendar/'] button[type=submit]")
    return str(page.input_value("#feed-address"))


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1440, "light")])
def test_every_page_of_the_roster_fits_and_is_accessible(
    site: Site, chromium: Browser, width: int, scheme: str
) -> None:
    context = chromium.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)  # type: ignore[arg-type]
    page, errors = context.new_page(), []
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    log_in(page, site)
    page.goto(site.url + ROSTERS)
    for tab in ("My team", "On duty now", "Open shifts", "My week"):
        page.locator(".tabs").get_by_text(tab, exact=True).focus()
        page.keyboard.press("Enter")
        page.wait_for_selector(f".tabs [aria-current=page]:text-is('{tab}')")
        is_fine(page)
    columns = page.locator(".days").evaluate("list => getComputedStyle(list).gridTemplateColumns.split(' ').length")
    assert columns == (1 if width == 390 else 7)
    make_address(page, site)
    is_fine(page)
    assert errors == []
    context.close()


@pytest.mark.parametrize(("width", "by_day"), [(390, True), (767, True), (1100, False)])
def test_a_team_is_told_by_day_or_as_a_table_never_both(
    site: Site, chromium: Browser, width: int, by_day: bool
) -> None:
    page = chromium.new_page(viewport={"width": width, "height": 900})
    log_in(page, site)
    page.goto(f"{site.url}{ROSTERS}team/")
    assert page.locator(".team-week__days > .team-days").is_visible() == by_day
    assert page.locator("table.roster").is_visible() != by_day
    assert page.locator(".team-days .days__day").first.get_attribute("aria-current") == "date"
    shift = page.locator("[data-shift]").first.get_attribute("data-shift")
    page.goto(f"{site.url}{ROSTERS}team/#{shift}")
    page.reload()
    line = page.locator(f"[data-shift='{shift}']")
    assert (line.get_attribute("class") == "is-target") == by_day
    if by_day:
        assert line.evaluate("line => line.getBoundingClientRect().top < innerHeight")
    page.close()


def test_a_calendar_reads_the_shifts_until_the_address_is_taken_back(site: Site, chromium: Browser) -> None:
    context = chromium.new_context(permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    log_in(page, site)
    address = make_address(page, site)
    page.click("text=Copy the address")
    page.wait_for_selector("text=Copied")
    assert page.evaluate("navigator.clipboard.readText()") == address
    answer = httpx.get(address, timeout=30)
    assert answer.status_code == 200
    assert len(Calendar.from_ical(answer.content).walk("VEVENT")) > 3
    assert httpx.get(address, headers={"If-None-Match": answer.headers["ETag"]}, timeout=30).status_code == 304
    page.goto(f"{site.url}{ROSTERS}calendar/")
    assert "fmk_" not in page.content()
    page.click("text=Take the address back")
    page.wait_for_selector("text=Make an address")
    assert httpx.get(address, timeout=30).status_code == 401
    context.close()


def test_without_a_script_the_address_can_be_selected(site: Site, chromium: Browser) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    log_in(page, site)
    assert "/app/rosters/feed/fmk_" in make_address(page, site)
    assert not page.locator("[data-copy]").is_visible()
    assert page.locator("#feed-address").get_attribute("readonly") is not None
    context.close()


def test_a_week_prints_on_one_sheet_without_the_frame(site: Site, chromium: Browser) -> None:
    page = chromium.new_page()
    log_in(page, site)
    page.goto(f"{site.url}{ROSTERS}team/")
    paper = page.pdf(prefer_css_page_size=True)
    assert paper.count(b"/Type /Page\n") == 1
    page.emulate_media(media="print")
    assert page.locator("table.roster").is_visible()
    assert not page.locator(".tabs").is_visible()
    assert not page.locator(".nav").is_visible()
    page.close()
