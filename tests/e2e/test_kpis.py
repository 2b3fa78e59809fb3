"""A key figure in a real Chromium: its page, asking to be told, and being told when a delivery makes it cross."""

from __future__ import annotations

import secrets
from datetime import date, timedelta

import pytest
from playwright.sync_api import Browser, Page

from tests.e2e.conftest import Feeds
from tests.e2e.site import Site, eventually, is_fine, log_in

pytestmark = [
    pytest.mark.browser,
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
DEPARTMENT = "merekaar/parnu/emergency"


def csv_of(name: str, *values: int) -> bytes:
    rows = [
        f"{name},{name},min,{date.today() - timedelta(days=len(values) - at - 1)},{value},40,25,45,down,What it is"
        for at, value in enumerate(values)
    ]
    return "\n".join(["kpi,name,unit,date,value,target,lower,upper,direction,definition", *rows, ""]).encode()


def open_figure(page: Page, site: Site, name: str) -> None:
    link = page.locator(".kpi h3 a", has_text=name)
    eventually(
        lambda: page.goto(f"{site.url}/app/kpis/?department={DEPARTMENT}") and link.count(), what="the figure is there"
    )
    link.click()


def test_one_asks_to_be_told_and_is_told_when_it_crosses(site: Site, feeds: Feeds, chromium: Browser) -> None:
    name = "numbats" + secrets.token_hex(3)
    made = site.manage_json(
        "ingest", "add", name, "--adapter", "kpis.csv", "--name", "the reporting system", "--department", DEPARTMENT
    )
    assert feeds.push(site, name, made["secret"], csv_of(name, 36, 34)).status_code == 202
    context = chromium.new_context(java_script_enabled=False, viewport={"width": 390, "height": 844})
    page = context.new_page()
    log_in(page, site, "head")
    open_figure(page, site, name)
    page.click("#tell-me button[type=submit]")
    assert page.locator("#tell-me .notice").count() == 1
    assert feeds.push(site, name, made["secret"], csv_of(name, 36, 34, 46)).status_code == 202
    told = page.locator("main", has_text=f"{name}: Left its band: 46 min, above 45 min")
    eventually(lambda: page.goto(f"{site.url}/notifications/") and told.count(), what="the notification is there")
    page.goto(f"{site.url}/app/kpis/subscriptions/")
    page.click("main form button[type=submit]")
    assert page.locator("main .kpi", has_text=name).count() == 0
    context.close()


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1440, "light")])
def test_its_page_fits_is_accessible_and_is_read_by_keyboard(
    site: Site, chromium: Browser, width: int, scheme: str
) -> None:
    context = chromium.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)  # type: ignore[arg-type]
    page, errors = context.new_page(), []
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    log_in(page, site, "head")
    open_figure(page, site, "Occupied beds")
    is_fine(page)
    page.click("text=As a table")
    is_fine(page)
    plot = page.locator("[data-chart]")
    plot.focus()
    page.keyboard.press("Home")
    first = plot.get_attribute("aria-valuetext")
    page.keyboard.press("ArrowRight")
    assert first
    assert plot.get_attribute("aria-valuetext") not in {None, first}
    assert page.locator(".kpi-said").inner_text() == plot.get_attribute("aria-valuetext")
    page.goto(f"{site.url}/app/kpis/subscriptions/")
    is_fine(page)
    assert errors == []
    context.close()
