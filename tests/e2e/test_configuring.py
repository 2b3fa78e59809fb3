"""Settings and permissions of plugins on the running site: in a real Chromium, and by several at once."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.e2e.site import Site, is_fine, log_in

pytestmark = [
    pytest.mark.browser,
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
SETTINGS = "/admin/plugins/settings/microblog/"
PAGES = ["/admin/plugins/configure/", SETTINGS, "/admin/plugins/permissions/microblog/"]


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (390, "light"), (1440, "light"), (1440, "dark")])
def test_every_page_fits_and_is_accessible(site: Site, chromium: Browser, width: int, scheme: str) -> None:
    context = chromium.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)  # type: ignore[arg-type]
    page, errors = context.new_page(), []
    page.on("pageerror", lambda error: errors.append(str(error)))
    log_in(page, site, "it")
    for address in PAGES:
        answer = page.goto(site.url + address)
        assert answer is not None
        assert answer.status == 200, address
        is_fine(page)
    page.goto(site.url + SETTINGS)
    page.check("input[name=mode-longest][value=own]")
    page.fill("input[name=value-longest]", "7")
    page.click(".host-buttons button[type=submit]")
    page.wait_for_selector(".host-problems a")
    is_fine(page)
    assert errors == []
    context.close()


def test_a_setting_is_changed_and_set_back_by_keyboard_without_javascript(site: Site, chromium: Browser) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    log_in(page, site, "it")
    page.goto(site.url + SETTINGS)
    page.focus("input[name=mode-longest]:checked")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.press("Control+A")
    page.keyboard.type("444")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=Now: 444.")
    page.focus("input[name=mode-longest]:checked")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=Now: 5000.")
    context.close()


def test_changes_at_the_same_moment_do_not_lose_one_another(site: Site) -> None:
    values: dict[str, Any] = {"longest": 444, "for_everyone": True}
    visitors = {name: site.visitor("it") for name in values}
    together = threading.Barrier(len(values))

    def send(name: str, **change: Any) -> int:
        together.wait(timeout=60)
        body = {"department": "merekaar", **change}
        return visitors[name].api("PATCH", "plugins/microblog/settings/", json=body).status_code

    with ThreadPoolExecutor(len(values)) as pool:
        for _round in range(5):
            setting = [pool.submit(send, name, values={name: value}) for name, value in values.items()]
            assert [answer.result(timeout=60) for answer in setting] == [200, 200]
            assert _own(visitors["longest"]) == values
            unsetting = [pool.submit(send, name, unset=[name]) for name in values]
            assert [answer.result(timeout=60) for answer in unsetting] == [200, 200]
            assert _own(visitors["longest"]) == {}


def _own(visitor: Any) -> dict[str, Any]:
    rows = visitor.api("GET", "plugins/microblog/settings/").json()["settings"]
    return {row["name"]: row["value"] for row in rows if row["source"] == "own"}
