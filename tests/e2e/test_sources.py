"""Sources in a real Chromium: the whole way of one, and every page fits and is accessible."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.site import Site, eventually, is_fine, log_in

pytestmark = [
    pytest.mark.browser,
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
FILE = "Nr;Aufgabe;Wer;Bis\n1;Betten zählen;employee;24.12.2026\n2;Türen streichen;employee;bald\n"
PAGES = ["", "edit/", "test/", "history/", "deliveries/", "rejected/?show=all", "secret/", "delete/"]


def _press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).press("Enter")


def _map(page: Page, number: int, field: str, column: str) -> None:
    page.locator("[name=setting-columns-key]").nth(number).select_option(field)
    page.locator("[name=setting-columns-value]").nth(number).fill(column)


@pytest.mark.parametrize(("width", "scheme"), [(390, "light"), (1440, "dark")])
def test_every_page_fits_and_is_accessible(site: Site, chromium: Browser, width: int, scheme: str) -> None:
    context = chromium.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)  # type: ignore[arg-type]
    page, errors = context.new_page(), []
    page.on("pageerror", lambda error: errors.append(str(error)))
    log_in(page, site, "it")
    addresses = ["", "add/", "add/kpis.csv/", "add/tasks.json/", *(f"source/task-hub/{name}" for name in PAGES)]
    for address in addresses:
        answer = page.goto(f"{site.url}/admin/sources/{address}")
        assert answer is not None
        assert answer.status == 200, address
        page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
        is_fine(page, within="#main")  # what is around it is Wagtail's
    assert errors == []
    context.close()


def test_a_source_is_added_tested_run_and_its_rejected_row_mended_by_keyboard(site: Site, chromium: Browser) -> None:
    drop = site.folder / "drop"
    (drop / "lists").mkdir(parents=True, exist_ok=True)
    (drop / "lists" / "tasks.csv").write_text(FILE)
    page = chromium.new_page()
    log_in(page, site, "it")
    page.goto(f"{site.url}/admin/sources/")
    page.get_by_role("link", name="Add a source").press("Enter")
    page.get_by_role("link", name="Tasks from CSV").press("Enter")
    page.get_by_label("Name", exact=False).first.fill("the task list")
    page.locator("[name=slug]").fill("task-list")
    page.get_by_label("Fetched from").fill("lists/tasks.csv")
    page.get_by_label("Delimiter").fill(";")
    for number, (field, column) in enumerate([("id", "Nr"), ("title", "Aufgabe"), ("assignee", "Wer")]):
        _map(page, number, field, column)
    _press(page, "More rows")
    _map(page, 3, "due", "Bis")
    page.locator("summary", has_text="How it writes numbers and days").press("Enter")
    page.get_by_label("Language of the file").fill("de")
    _press(page, "Test")
    found = page.get_by_role("status").filter(has_text="What would change")
    expect(found).to_contain_text("1 item is new.")
    expect(found).to_contain_text("Betten zählen")
    expect(found).to_contain_text("row 3")
    is_fine(page, within="#main")
    assert "task-list" not in site.manage("ingest", "list", "--json")
    _press(page, "Add the source")
    expect(page.get_by_text("it is not shown again")).to_be_visible()
    is_fine(page, within="#main")
    page.get_by_role("link", name="Go on").press("Enter")
    _press(page, "Run now")
    expect(page.get_by_text("fetched by the worker within seconds")).to_be_visible()
    eventually(lambda: _facts(site)["rejected"] == 1, what="the worker has run it")
    page.reload()
    expect(page.get_by_text("1 new, 1 rejected").first).to_be_visible()
    page.get_by_role("link", name="1 item rejected").press("Enter")
    page.get_by_role("link", name="row 3").press("Enter")
    expect(page.locator("pre")).to_have_text("2,Türen streichen,employee,bald")
    is_fine(page, within="#main")
    expect(page.get_by_label("Aufgabe")).to_have_value("Türen streichen")
    page.get_by_label("Bis").fill("31.12.2026")
    _press(page, "Try it")
    expect(page.get_by_text("2 went in.")).to_be_visible()
    expect(page.get_by_text("Everything it sent could be used.")).to_be_visible()
    assert _facts(site)["rejected"] == 0
    page.close()


def _facts(site: Site) -> dict[str, int]:
    found: dict[str, int] = next(one for one in site.manage_json("ingest", "list") if one["slug"] == "task-list")
    return found
