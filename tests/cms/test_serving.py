"""Who reads pages through their addresses, and what they are shown there."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from wagtail.models import PageViewRestriction

from cms.models import FacilityPage, ProcessPage, SectionPage
from portal.audience import tokens
from portal.audience.expressions import any_of
from portal.people.models import Location
from tests.cms import factories as make

pytestmark = pytest.mark.django_db

BODY = [
    ("heading", "What changes"),
    ("paragraph", "<p>Sixty <b>beds</b>.</p>"),
    ("heading", "What changes"),
    ("quote", {"text": "A bed without a nurse is furniture.", "by": "Ingrid"}),
    ("callout", {"tone": "warning", "text": "<p>Mind the lift.</p>"}),
    (
        "table",
        {"caption": "Beds", "rows": "House | Beds\nPärnu | 20\nVisby | 8", "header": True, "row_names": True},
    ),
]


def test_a_page_is_read_with_its_outline_facts_and_crumbs(tree, as_bob, emergency, alice):
    page = make.page(
        tree.processes, "Opening beds", kind=ProcessPage, body=BODY, code="HR-9", kept_by=alice, department=emergency,
        topics=["beds"], review_on=date(2020, 1, 1), summary="In short.",
    )  # fmt: skip
    response = as_bob.get(page.url)
    html = response.content.decode()
    assert [part["anchor"] for part in response.context["outline"]] == ["what-changes", "what-changes-2"]
    assert 'id="what-changes-2"' in html
    assert [crumb["label"] for crumb in response.context["crumbs"]] == ["Processes", "Opening beds"]
    assert response.context["overdue"]
    assert {fact["label"]: str(fact["value"]) for fact in response.context["facts"]}["Code"] == "HR-9"
    for expected in (
        "In short.",
        "<b>beds</b>",
        "furniture",
        "Mind the lift",
        '<th scope="row">Pärnu</th>',
        "beds",
    ):
        assert expected in html
    assert response.context["entry"].department == emergency
    assert response.context["topics"] == ["beds"]


def test_a_facility_says_where_and_when(tree, as_bob):
    house = Location.objects.create(name="Pärnu", slug="parnu")
    page = make.page(
        tree.facilities, "Gym", kind=FacilityPage, place="House C", location=house, opening_hours="6 to 8\n16 to 22",
        phone="47 11",
    )  # fmt: skip
    html = as_bob.get(page.url).content.decode()
    assert "House C, Pärnu" in html
    assert "6 to 8<br>16 to 22" in html
    assert 'href="tel:4711"' in html


def test_text_of_editors_is_not_code(tree, as_bob):
    evil = "<script>alert(1)</script>"
    body = [
        ("heading", evil),
        ("quote", {"text": evil, "by": evil}),
        ("table", {"caption": evil, "rows": evil}),
    ]
    page = make.page(tree.facilities, evil, kind=FacilityPage, body=body, opening_hours=evil, phone=evil, slug="x")
    assert "<script>alert" not in as_bob.get(page.url).content.decode()


@pytest.mark.parametrize("method", ["get", "head", "options", "post"])
def test_an_outsider_gets_the_404_of_what_does_not_exist(tree, emergency, as_bob, as_charlie, method):
    page = make.page(tree.news, "Hidden title", expression=any_of(tokens.department(emergency)))
    assert as_bob.get(page.url).status_code == 200
    refused, missing = getattr(as_charlie, method)(page.url), getattr(as_charlie, method)("/news/nothing/")
    assert refused.status_code == missing.status_code == 404
    assert b"Hidden title" not in refused.content


def test_drafts_and_withdrawn_pages_have_no_address(tree, as_bob, as_editor):
    draft = make.page(tree.news, "Draft", publish=False)
    page = make.page(tree.news, "Was here")
    page.unpublish()
    for client in (as_bob, as_editor):
        assert client.get(draft.url or "/news/draft/").status_code == 404
        assert client.get("/news/was-here/").status_code == 404


def test_an_expired_page_is_gone_even_if_the_worker_stands_still(tree, as_bob):
    page = make.page(tree.news, "Soup", expire_at=timezone.now() + timedelta(hours=1))
    assert as_bob.get(page.url).status_code == 200
    entry = make.entry(page)
    type(entry).objects.filter(pk=entry.pk).update(visible_until=timezone.now() - timedelta(seconds=1))
    assert as_bob.get(page.url).status_code == 404


def test_a_restricted_section_is_404_too_and_not_named_above(tree, as_bob, as_charlie, bob):
    board = make.section(tree.news, "Board")
    page = make.page(board, "Minutes")
    make.restrict(board, make.group("Staff", bob))
    assert as_bob.get(board.url).status_code == 200
    assert as_bob.get(page.url).status_code == 200
    for address in (board.url, page.url):
        assert as_charlie.get(address).status_code == 404
    assert b"Board" in as_bob.get("/news/").content
    assert b"Board" not in as_charlie.get("/news/").content


def test_the_password_form_of_wagtail_tells_nobody_a_title(tree, as_charlie):
    page = make.page(tree.news, "Hidden title")
    restriction = make.restrict(page, kind=PageViewRestriction.PASSWORD)
    response = as_charlie.get(f"/_util/authenticate_with_password/{restriction.pk}/{page.pk}/")
    assert response.status_code == 404
    assert b"Hidden title" not in response.content


def test_nothing_without_logging_in(tree, client):
    page = make.page(tree.news, "Inside")
    response = client.get(page.url)
    assert response.status_code == 302
    assert "/accounts/login/" in response["Location"]


def test_a_section_lists_what_the_reader_may_see_newest_first(tree, emergency, as_bob, as_charlie):
    for number in range(25):
        make.page(tree.news, f"Story {number:02}", first_published_at=timezone.now() - timedelta(days=30 - number))
    make.page(tree.news, "Pinned", pinned=True, first_published_at=timezone.now() - timedelta(days=60))
    make.page(tree.news, "For Emergency", expression=any_of(tokens.department(emergency)))
    deeper = make.section(tree.news, "Deeper")
    make.page(deeper, "Below a section")
    first = as_bob.get("/news/")
    listed = [entry.title for entry in first.context["entries"]]
    assert listed[:2] == ["For Emergency", "Story 24"]
    assert len(listed) == 20
    assert [entry.title for entry in first.context["stories"]] == ["Pinned"]
    second = as_bob.get("/news/?page=2")
    assert [entry.title for entry in second.context["entries"]][-1] == "Pinned"
    assert "Below a section" not in listed
    assert "For Emergency" not in [entry.title for entry in as_charlie.get("/news/").context["entries"]]
    assert as_bob.get("/news/?page=1000000").status_code == 200
    assert as_bob.get("/news/?page=x").status_code == 200


def test_links_to_pages_are_drawn_for_the_reader_and_not_indexed(tree, emergency, as_bob, as_charlie):
    secret = make.page(tree.news, "Secret plan", expression=any_of(tokens.department(emergency)))
    open_page = make.page(tree.news, "Open plan")
    body = [("page_links", {"title": "See also", "pages": [secret, open_page]})]
    page = make.page(tree.processes, "Index", kind=ProcessPage, body=body)
    assert b"Secret plan" in as_bob.get(page.url).content
    shown = as_charlie.get(page.url).content
    assert b"Open plan" in shown
    assert b"Secret plan" not in shown
    assert make.entry(page).body == "See also"


def test_translations_and_related_pages_are_offered_only_to_their_readers(tree, emergency, as_bob, as_charlie):
    page = make.page(tree.news, "Sixty beds", topics=["beds"])
    make.page(tree.news, "Kuuskümmend", language="et", translation_of=page)
    hidden = any_of(tokens.department(emergency))
    make.page(tree.news, "Sextio", language="sv", translation_of=page, expression=hidden)
    make.page(tree.news, "More on beds", topics=["beds"])
    make.page(tree.news, "Secret beds", topics=["beds"], expression=hidden)
    mine, theirs = (client.get(page.url).context for client in (as_bob, as_charlie))
    assert [t["code"] for t in mine["translations"]] == ["et", "sv"]
    assert [t["code"] for t in theirs["translations"]] == ["et"]
    assert {entry.title for entry in mine["related"]} == {"More on beds", "Secret beds"}
    assert {entry.title for entry in theirs["related"]} == {"More on beds"}


def test_only_editors_are_offered_to_edit(tree, as_bob, as_editor):
    page = make.page(tree.news, "Mine")
    assert as_bob.get(page.url).context["edit_url"] == ""
    assert as_editor.get(page.url).context["edit_url"].endswith(f"/{page.pk}/edit/")


def _queries(client, address):
    client.get(address)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


def test_a_section_and_a_page_cost_the_same_at_two_sizes(tree, as_bob, settings):
    settings.FOLKMOOT_STAMP_SECONDS = 3600
    links = [make.page(tree.facilities, kind=FacilityPage, topics=["beds"])]
    page = make.page(tree.news, "A", topics=["beds"], body=[("page_links", {"title": "", "pages": links})])
    small = [_queries(as_bob, "/news/"), _queries(as_bob, page.url)]
    for _number in range(12):
        links.append(make.page(tree.facilities, kind=FacilityPage, topics=["beds"]))
        make.page(tree.news, topics=["beds", "more"], pinned=True)
        make.section(tree.news, f"Section {_number}")
    page.body = [("page_links", {"title": "", "pages": links})]
    page.save_revision().publish()
    assert [_queries(as_bob, "/news/"), _queries(as_bob, page.url)] == small
    assert SectionPage.objects.count() > 12
