"""/api/v2/: the same pages as everywhere else, and no more."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portal.audience import tokens
from portal.audience.expressions import any_of
from tests.cms import factories as make

pytestmark = [
    pytest.mark.django_db,
    # Wagtail leaves the file of a new rendition to the garbage collector.
    pytest.mark.filterwarnings("ignore:Unclosed file <tempfile.SpooledTemporaryFile:ResourceWarning"),
]
PAGES = "/api/v2/pages/"


@pytest.fixture
def secret(tree, emergency):
    return make.page(
        tree.news, "Secret plan", slug="secret-plan", expression=any_of(tokens.department(emergency)), summary="Hush",
    )  # fmt: skip


def _titles(client, query=""):
    response = client.get(f"{PAGES}?limit=20{query}")
    assert response.status_code == 200, response.content
    return {item["title"] for item in response.json()["items"]}


def test_a_page_is_read_with_its_fields(tree, as_bob, alice, emergency):
    picture = make.image()
    page = make.page(
        tree.news, "Sixty beds", summary="In short", image=picture, body=[("heading", "What")], topics=["beds"],
        department=emergency, kept_by=alice,
    )  # fmt: skip
    data = as_bob.get(f"{PAGES}{page.pk}/").json()
    assert (data["title"], data["summary"], data["topics"]) == ("Sixty beds", "In short", ["beds"])
    assert data["body"][0]["value"] == "What"
    assert data["image"]["url"] == f"/files/{picture.file.name}"
    read = as_bob.get(data["image"]["url"])
    read.getvalue()
    assert read.status_code == 200
    assert data["department"]["name"] == "Emergency"
    assert data["keeper"]["name"] == alice.display_name
    assert data["meta"]["parent"]["title"] == "News"


@pytest.mark.parametrize(
    "query",
    [
        "", "&type=cms.NewsPage", "&type=cms.NewsPage,cms.ProcessPage", "&fields=*", "&slug=secret-plan",
        "&order=title", "&type=cms.NewsPage&summary=Hush", "&child_of={news}",
        "&descendant_of={root}", "&type=cms.ContentPage",
    ],
)  # fmt: skip
def test_no_list_and_no_count_tells_of_what_is_not_for_the_reader(tree, secret, as_bob, as_charlie, query):
    query = query.format(news=tree.news.pk, root=tree.root.pk)
    assert "Secret plan" in _titles(as_bob, query)
    assert "Secret plan" not in _titles(as_charlie, query)
    mine, theirs = (c.get(f"{PAGES}?limit=1{query}").json()["meta"]["total_count"] for c in (as_bob, as_charlie))
    assert mine == theirs + 1


def test_no_other_way_leads_to_it(tree, secret, as_bob, as_charlie):
    alias = secret.create_alias(parent=tree.processes)
    assert as_bob.get(f"{PAGES}{secret.pk}/").status_code == 200
    for address in (
        f"{PAGES}{secret.pk}/",
        f"{PAGES}{alias.pk}/",
        f"{PAGES}find/?html_path=/news/secret-plan/",
        f"{PAGES}find/?id={secret.pk}",
    ):
        refused = as_charlie.get(address, follow=True)
        assert refused.status_code == 404
        assert b"Secret" not in refused.content
    for query in ("ancestor_of", "child_of", "descendant_of"):
        assert as_charlie.get(f"{PAGES}?{query}={secret.pk}").status_code == 400
        assert b"Secret" not in as_charlie.get(f"{PAGES}?{query}={secret.pk}").content
    for query in (f"translation_of={secret.pk}", "search=Secret", "alias_of=1", "site=x"):
        assert as_charlie.get(f"{PAGES}?{query}").status_code == 400


def test_an_open_translation_or_alias_does_not_name_a_closed_original(tree, secret, as_charlie):
    page = make.page(tree.news, "Open", translation_of=secret)
    type(page).objects.filter(pk=page.pk).update(alias_of=secret.page_ptr)
    data = as_charlie.get(f"{PAGES}{page.pk}/?fields=*").content
    assert b"Secret" not in data
    assert b"secret-plan" not in data


def test_restricted_sections_are_not_named(tree, as_charlie, bob, as_bob):
    board = make.section(tree.news, "Board")
    make.restrict(board, make.group("Staff", bob))
    assert "Board" in _titles(as_bob)
    assert "Board" not in _titles(as_charlie)
    assert as_charlie.get(f"{PAGES}{board.pk}/").status_code == 404


def test_drafts_are_not_in_it(tree, as_editor):
    make.page(tree.news, "Draft", publish=False)
    assert "Draft" not in _titles(as_editor)


def test_it_asks_who_is_there_and_only_reads(tree, client, as_ida):
    page = make.page(tree.news, "Inside")
    for address in (PAGES, f"{PAGES}{page.pk}/", f"{PAGES}find/?id={page.pk}"):
        assert client.get(address).status_code == 401
    for method in ("post", "put", "patch", "delete"):
        assert getattr(as_ida, method)(f"{PAGES}{page.pk}/").status_code == 405
    assert as_ida.get("/api/v2/images/").status_code == 404
    assert as_ida.get("/api/v2/documents/").status_code == 404


def test_a_list_costs_the_same_at_two_sizes(tree, as_bob, settings):
    settings.FOLKMOOT_STAMP_SECONDS = 3600
    make.page(tree.news)
    make.page(tree.news)

    def cost():
        _titles(as_bob)
        with CaptureQueriesContext(connection) as captured:
            _titles(as_bob)
        return len(captured)

    small = cost()
    for _number in range(10):
        make.page(tree.news)
    assert cost() == small
