"""The search box as a combobox in a real Chromium: keyboard, screen readers, late answers, forgetting."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Page, Route

from tests.e2e.site import Site, eventually, is_fine, log_in

pytestmark = [
    pytest.mark.browser,
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
BOX, OPTIONS, ACTIVE = "#q", ".suggest [role=option]:visible", ".suggest [aria-selected=true]"
SUGGEST = "**/search/suggest/*"
STATUS = f"{BOX} ~ [role=status]"


@pytest.fixture(params=[(390, "dark"), (1440, "light")], ids=["phone, dark", "desk, light"])
def page(request: Any, site: Site, chromium: Browser) -> Iterator[Page]:
    """The search page of somebody; any error in the console fails the test."""
    width, scheme = request.param
    context = chromium.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    opened, errors = context.new_page(), []
    opened.on("pageerror", lambda error: errors.append(str(error)))
    opened.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    log_in(opened, site)
    opened.goto(f"{site.url}/search/")
    yield opened
    context.close()
    assert errors == []


def type_and_wait(page: Page, text: str) -> None:
    with page.expect_response(lambda answer: parse_qs(urlsplit(answer.url).query).get("q") == [text]):
        page.type(BOX, text)
    page.wait_for_selector(OPTIONS)


def active(page: Page) -> int:
    """The place of the option that the box points at; -1 for the box itself. What is seen is what is told."""
    told = page.get_attribute(BOX, "aria-activedescendant")
    assert page.locator(ACTIVE).count() == (1 if told else 0)
    if told is None:
        return -1
    assert page.get_attribute(ACTIVE, "id") == told
    ids = page.locator(OPTIONS).evaluate_all("options => options.map(option => option.id)")
    return int(ids.index(told))


def is_open(page: Page) -> bool:
    # Both at one moment: the list may close while one asks.
    shown = "[...document.querySelectorAll('.suggest [role=option]')].filter((one) => one.checkVisibility())"
    told, options = page.evaluate(f"[document.querySelector('{BOX}').ariaExpanded, {shown}.length]")
    assert told == str(options > 0).lower()
    return bool(options)


def test_everything_works_by_keyboard(page: Page, site: Site) -> None:
    type_and_wait(page, "sep")
    assert page.get_attribute(BOX, "role") == "combobox"
    list_id = page.get_attribute(BOX, "aria-controls")
    assert page.get_attribute(f"#{list_id}", "role") == "listbox"
    last = page.locator(OPTIONS).count() - 1
    assert last > 1
    places = []
    for key in ("ArrowDown", "ArrowDown", "End", "ArrowDown", "ArrowUp", "Home", "ArrowUp"):
        page.keyboard.press(key)
        places.append(active(page))
    assert places == [0, 1, last, -1, last, 0, -1]
    page.keyboard.press("Escape")
    assert not is_open(page)
    assert page.input_value(BOX) == "sep"
    page.keyboard.press("ArrowDown")
    page.wait_for_selector(OPTIONS)
    page.keyboard.press("Tab")
    assert not is_open(page)
    assert page.evaluate("document.activeElement.id") != "q"


def test_enter_opens_what_is_chosen_and_else_searches(page: Page, site: Site) -> None:
    type_and_wait(page, "sepsis: the fir")
    page.keyboard.press("ArrowDown")
    chosen = page.get_attribute(ACTIVE, "data-url")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{site.url}{chosen}")
    page.goto(f"{site.url}/search/")
    type_and_wait(page, "sepsis")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{site.url}/search/?q=sepsis")


def test_a_click_opens_what_is_clicked(page: Page, site: Site) -> None:
    type_and_wait(page, "sepsis: the fir")
    option = page.locator(OPTIONS).first
    url = option.get_attribute("data-url")
    option.click()
    page.wait_for_url(f"{site.url}{url}")


def test_it_is_accessible_fits_and_says_how_many_there_are(page: Page) -> None:
    type_and_wait(page, "ma")
    page.keyboard.press("ArrowDown")
    is_fine(page)
    number = page.locator(OPTIONS).count()
    assert page.locator(STATUS).inner_text().startswith(f"{number} suggestions")
    page.fill(BOX, "xyzzyx")
    eventually(lambda: page.locator(STATUS).inner_text() == "No suggestions", what="it says that there are none")
    assert not is_open(page)


def test_an_older_answer_never_overwrites_a_newer_one(page: Page) -> None:
    held: list[Route] = []

    def hold_the_first(route: Route) -> None:
        if parse_qs(urlsplit(route.request.url).query)["q"] == ["ma"]:
            held.append(route)
        else:
            route.continue_()

    # Requests that cannot be called back: what the box does with a late answer is its own doing.
    page.evaluate("AbortController.prototype.abort = () => {}")
    page.route(SUGGEST, hold_the_first)
    with page.expect_request(SUGGEST):
        page.type(BOX, "ma")
    with page.expect_response(lambda answer: parse_qs(urlsplit(answer.url).query).get("q") == ["maret"]):
        page.type(BOX, "ret")
    page.wait_for_selector(OPTIONS)
    newer = page.locator(OPTIONS).all_inner_texts()
    with page.expect_response(lambda answer: parse_qs(urlsplit(answer.url).query).get("q") == ["ma"]):
        held[0].continue_()
    page.wait_for_timeout(300)
    assert page.locator(OPTIONS).all_inner_texts() == newer


def test_an_answer_that_comes_after_the_list_was_closed_does_not_open_it(page: Page) -> None:
    held: list[Route] = []
    page.evaluate("AbortController.prototype.abort = () => {}")
    page.route(SUGGEST, lambda route: held.append(route))
    with page.expect_request(SUGGEST):
        page.type(BOX, "ma")
    page.keyboard.press("Tab")
    with page.expect_response(SUGGEST):
        held[0].continue_()
    page.wait_for_timeout(300)
    assert not is_open(page)


def test_who_types_on_has_not_chosen_although_the_new_list_is_late(page: Page, site: Site) -> None:
    type_and_wait(page, "sepsis")
    page.keyboard.press("ArrowDown")
    assert active(page) == 0
    page.route(SUGGEST, lambda route: None)  # never answered
    page.keyboard.type(" fir")
    assert active(page) == -1
    page.keyboard.press("Enter")
    page.wait_for_url(f"{site.url}/search/?q=sepsis+fir")


def test_escape_calls_off_a_list_that_is_still_to_come(page: Page) -> None:
    held: list[Route] = []
    page.evaluate("AbortController.prototype.abort = () => {}")
    page.route(SUGGEST, lambda route: held.append(route))
    with page.expect_request(SUGGEST):
        page.type(BOX, "ma")
    # Without the browser's own meaning of the key in a search field, which is to empty it.
    page.evaluate("addEventListener('keydown', (event) => event.preventDefault())")
    page.keyboard.press("Escape")
    with page.expect_response(SUGGEST):
        held[0].continue_()
    page.wait_for_timeout(300)
    assert not is_open(page)


def test_a_keyboard_that_composes_every_word_is_answered_within_the_word(page: Page) -> None:
    keyboard = page.context.new_cdp_session(page)
    page.focus(BOX)
    keyboard.send("Input.imeSetComposition", {"text": "mare", "selectionStart": 4, "selectionEnd": 4})
    page.wait_for_selector(OPTIONS)
    page.keyboard.press("ArrowDown")
    place, address = active(page), page.url
    # Keys that the composition takes have no name of their own, and choose nothing.
    for kind in ("rawKeyDown", "keyUp"):
        keyboard.send("Input.dispatchKeyEvent", {"type": kind, "windowsVirtualKeyCode": 229, "key": "Enter"})
    assert active(page) == place
    assert page.url == address


def test_the_list_says_that_names_are_spelt_otherwise(page: Page) -> None:
    type_and_wait(page, "kristian vahh")
    assert page.locator(".suggest .listbox__head").all_inner_texts() == ["Did you mean"]
    assert "Kristjan Vaher" in page.locator(OPTIONS).first.inner_text()
    listbox = page.get_by_role("listbox").aria_snapshot()
    assert 'group "Did you mean"' in listbox
    assert re.search(r'option "Kristjan Vaher .*\(similar spelling\)"', listbox)
    assert re.fullmatch(r"Nothing begins like this, \d similar spellings?", page.locator(STATUS).inner_text())
    is_fine(page)


def test_what_is_pasted_and_what_is_written_from_right_to_left_stays_in_the_box(page: Page, site: Site) -> None:
    page.focus(BOX)
    with page.expect_response(SUGGEST) as answer:
        page.keyboard.insert_text("sepsis " * 700)
    assert answer.value.status == 200
    assert len(page.input_value(BOX)) == 200
    page.fill(BOX, "مريم")
    assert page.evaluate(f"getComputedStyle(document.querySelector('{BOX}')).direction") == "rtl"
    is_fine(page)


def test_a_box_whose_suggestions_fail_is_a_plain_form(page: Page, site: Site) -> None:
    page.route(SUGGEST, lambda route: route.fulfill(status=200, content_type="text/html", body="<p>Something else</p>"))
    page.type(BOX, "sepsis")
    page.wait_for_timeout(500)
    assert not is_open(page)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{site.url}/search/?q=sepsis")


def test_recent_searches_are_offered_and_forgotten(page: Page, site: Site) -> None:
    if page.locator("main button[name=all]").count():  # what the other tests of this person sought
        page.locator("main button[name=all]").click()
    for text in ("numbat one", "numbat two", "numbat three"):
        page.goto(f"{site.url}/search/")
        page.fill(BOX, text)
        page.keyboard.press("Enter")
        page.wait_for_url("**/search/?q=numbat*")
    page.goto(f"{site.url}/search/?q=numbat+never+sent")
    page.goto(f"{site.url}/search/")
    page.click(BOX)
    page.wait_for_selector(OPTIONS)
    is_fine(page)
    assert page.locator(OPTIONS).all_inner_texts() == ["numbat three", "numbat two", "numbat one"]
    page.locator(".suggest [data-forget] button", has_text="numbat two").click()
    eventually(lambda: page.locator(OPTIONS).count() == 2, what="it is forgotten")
    listed = page.locator("main .recent a:visible")
    assert listed.all_inner_texts() == ["numbat three", "numbat one"], "the page tells no other"
    undo = page.locator(".suggest__done button", has_text="Undo")
    assert page.locator(STATUS).inner_text().startswith("1 recent search is forgotten.")
    is_fine(page)
    undo.click()
    eventually(lambda: page.locator(OPTIONS).count() == 3, what="it is there again")
    assert listed.all_inner_texts() == ["numbat three", "numbat two", "numbat one"]
    for left in (2, 1):
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Shift+Delete")
        eventually(lambda left=left: page.locator(OPTIONS).count() == left, what="it is forgotten by keyboard")
    assert page.locator(OPTIONS).all_inner_texts() == ["numbat one"]
    page.locator(".suggest button[name=all]").click()
    eventually(lambda: not is_open(page), what="there are none")
    undo.wait_for()
    assert page.locator(STATUS).inner_text().startswith("1 recent search is forgotten.")
    is_fine(page)
    assert listed.count() == 0
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Undo"
    page.keyboard.press("Enter")
    page.wait_for_selector(OPTIONS)
    assert page.locator(OPTIONS).all_inner_texts() == ["numbat one"]
    assert listed.all_inner_texts() == ["numbat one"]
    page.locator(".suggest button[name=all]").click()
    undo.wait_for()
    page.keyboard.press("Escape")
    assert undo.count() == 0
    page.reload()
    assert page.locator("main .recent").count() == 0


def test_a_link_leads_past_box_tabs_and_filters_to_the_results(page: Page, site: Site) -> None:
    for text in ("sepsis", "maret", "xyzzyx"):
        page.goto(f"{site.url}/search/?q={text}")
        page.keyboard.press("Tab")
        page.keyboard.press("Tab")
        link = page.locator(".skip:focus")
        assert link.inner_text() == "To the results"
        assert link.bounding_box()["y"] >= 0
        page.keyboard.press("Enter")
        heading = page.locator("h2:focus")
        assert "result" in heading.inner_text()
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
        assert page.get_by_role("region", name=heading.inner_text()).count() == 1
        is_fine(page)
        page.keyboard.press("Tab")
        assert page.evaluate("!!document.activeElement.closest('.results')")
    page.goto(f"{site.url}/search/")
    assert page.locator(".skip").count() == 1, "where nothing was sought there is nothing to skip to"


def test_the_shortcut_goes_to_the_box_that_holds_what_was_sought(page: Page, site: Site) -> None:
    page.goto(f"{site.url}/search/?q=sepsis")
    page.keyboard.press("Control+k")
    assert page.evaluate("document.activeElement.id") == "q"
    page.keyboard.type("maret")
    assert page.input_value(BOX) == "maret"
