"""A document is as open as the page it stands on and the collection it lies in, by every door."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from wagtail.models import Collection, CollectionViewRestriction

from cms.documents.models import DocumentText, ShownDocument
from portal.audience import tokens
from portal.audience.expressions import any_of
from portal.catalogue.actions import entry_for
from portal.catalogue.models import Entry
from portal.timeline.models import Activity
from tests.cms import factories as make
from tests.portal.extraction import files

pytestmark = pytest.mark.django_db

SEARCH, CONTENT = "/api/v1/search/?q=", "/api/v1/content/"


def asked(client, word):
    """Titles by the API; the page of results, counts, facets and lists must agree with them."""
    answer = client.get(f"{SEARCH}{word}").json()
    titles = {one["title"] for one in answer["results"] if one["type"] == "document"}
    assert answer["count"] == len(answer["results"])
    assert answer["facets"]["type"].get("document", 0) == sum(one["type"] == "document" for one in answer["results"])
    html = client.get(f"/search/?q={word}").content.decode()
    assert all(title in html for title in titles)
    assert titles or "Handbook" not in html
    return titles


@pytest.fixture
def sees(catch_up):
    """What a reader finds once the indexes have caught up; until then it may be less, but never more."""

    def run(client, word="gloves"):
        before = asked(client, word)
        catch_up()
        after = asked(client, word)
        assert before <= after
        listed = {one["title"] for one in client.get(CONTENT).json()["results"] if one["type"] == "document"}
        assert after <= listed
        assert after or "Handbook" not in listed
        return after

    return run


def own(captured):
    """Without what the search index takes over after the commit, and stamps, which are read when it is time to."""
    return [q["sql"] for q in captured if not any(word in q["sql"] for word in ("search", "outbox", "stamp"))]


def file_status(client, document):
    response = client.get(document.file.url)
    response.getvalue()
    return response.status_code


def restrict_collection(collection, *groups):
    restriction = CollectionViewRestriction(collection=collection, restriction_type=CollectionViewRestriction.GROUPS)
    restriction.save()
    restriction.groups.set(groups)
    return restriction


@pytest.fixture
def only_emergency(emergency):
    return any_of(tokens.department(emergency))


@pytest.fixture
def handbook(upload, read_all):
    document = upload("Wash hands", "Wear gloves")
    read_all()
    return document


def test_outsiders_find_nothing_of_a_targeted_pages_document(
    handbook, shown_on, only_emergency, as_bob, as_charlie, sees
):
    shown_on(handbook, expression=only_emergency)
    assert (sees(as_bob), file_status(as_bob, handbook)) == ({"Handbook"}, 200)
    assert (sees(as_charlie), file_status(as_charlie, handbook)) == (set(), 404)
    assert sees(as_charlie, "handbook") == set()  # nor by its title


def test_restricting_the_page_takes_effect_with_the_next_request(
    handbook, shown_on, tree, as_bob, as_charlie, bob, sees
):
    page = shown_on(handbook)
    assert sees(as_charlie) == {"Handbook"}
    restriction = make.restrict(page, make.group("Readers", bob))
    assert (sees(as_bob), sees(as_charlie)) == ({"Handbook"}, set())
    restriction.delete()
    assert sees(as_charlie) == {"Handbook"}


def test_unpublishing_takes_the_document_away_at_once_and_publishing_brings_it_back(handbook, shown_on, as_bob, sees):
    page = shown_on(handbook)
    page.unpublish()
    assert (sees(as_bob), file_status(as_bob, handbook)) == (set(), 404)
    page.save_revision().publish()
    assert sees(as_bob) == {"Handbook"}


def test_moving_the_page_into_a_restricted_section_closes_its_document(handbook, shown_on, tree, as_bob, bob, sees):
    page = shown_on(handbook)
    closed = make.section(tree.news, "Closed")
    make.restrict(closed, make.group("Nobody"))
    page.move(closed, pos="last-child")
    assert sees(as_bob) == set()


def test_a_document_taken_off_the_page_is_gone(handbook, shown_on, as_bob, sees):
    page = shown_on(handbook)
    page.body = []
    page.save_revision().publish()
    assert sees(as_bob) == set()
    assert not ShownDocument.objects.exists()


def test_a_draft_changes_nothing_until_it_is_published(handbook, shown_on, upload, read_all, as_bob, sees):
    page, secret = shown_on(handbook), upload("Blue gloves", title="Secret")
    read_all()
    page.body = [("document", {"document": secret, "label": ""})]
    revision = page.save_revision()
    assert sees(as_bob) == {"Handbook"}
    revision.publish()
    assert sees(as_bob) == {"Secret"}


def test_a_document_on_no_page_is_found_by_nobody(handbook, as_ida, sees):
    assert sees(as_ida) == set()


def test_deleting_page_or_document_removes_it(upload, read_all, shown_on, handbook, as_bob, sees):
    other = upload("Blue gloves", title="Other")
    read_all()
    page, _second = shown_on(handbook), shown_on(other)
    page.delete()
    assert sees(as_bob) == {"Other"}
    other.delete()
    assert sees(as_bob) == set()
    assert not Entry.objects.filter(type="document", title="Other").exclude(body="").exists()
    assert not DocumentText.objects.filter(document=other.pk).exists()


def test_a_document_on_two_pages_is_found_where_the_reader_may_go(
    handbook, shown_on, only_emergency, as_bob, as_charlie, catch_up
):
    shown_on(handbook, title="Closed page", expression=only_emergency)
    shown_on(handbook, title="Open page")
    catch_up()
    found = as_charlie.get(f"{SEARCH}gloves").json()["results"]
    assert [one["subject"]["title"] for one in found] == ["Open page"]
    html = as_charlie.get("/search/?q=gloves").content.decode()
    assert "Open page" in html
    assert "Closed page" not in html
    assert as_bob.get(f"{SEARCH}gloves").json()["count"] == 2


def test_a_private_collection_keeps_the_document_from_readers_of_the_page(
    upload, read_all, shown_on, as_bob, as_charlie, bob, sees, catch_up
):
    collection = Collection.get_first_root_node().add_child(name="Contracts")
    group = make.group("Contract readers", bob)
    restriction = restrict_collection(collection, group)
    document = upload("Wear gloves", collection=collection)
    read_all()
    page = shown_on(document)
    assert (sees(as_bob), file_status(as_bob, document)) == ({"Handbook"}, 200)
    assert (sees(as_charlie), file_status(as_charlie, document)) == (set(), 404)
    make.comment(entry_for(document.shown.get()), "About gloves")  # what is attached to it follows
    assert sees(as_charlie) == set()
    page.save_revision().publish()
    assert sees(as_charlie) == set()
    make.restrict(page, make.group("Others")).delete()  # the page's own privacy came and went
    assert sees(as_charlie) == set()
    restriction.delete()
    catch_up()
    assert as_charlie.get(f"{SEARCH}gloves").json()["count"] == 2


def test_whatever_narrows_a_collection_takes_effect_with_the_next_request(
    upload, read_all, shown_on, as_bob, bob, sees
):
    root = Collection.get_first_root_node()
    above = root.add_child(name="Above")
    collection = above.add_child(name="Contracts")
    document = upload("Wear gloves", collection=collection)
    read_all()
    shown_on(document)
    nobody, mine = make.group("Nobody"), make.group("Mine", bob)
    restriction = restrict_collection(above, nobody)
    assert sees(as_bob) == set()
    restriction.groups.add(mine)
    assert sees(as_bob) == {"Handbook"}
    mine.collectionviewrestriction_set.clear()
    assert sees(as_bob) == set()
    mine.collectionviewrestriction_set.add(restriction)
    assert sees(as_bob) == {"Handbook"}
    mine.delete()
    assert sees(as_bob) == set()
    Collection.objects.get(pk=collection.pk).move(Collection.objects.get(pk=root.pk), "sorted-child")
    assert sees(as_bob) == {"Handbook"}
    document.collection = Collection.objects.get(pk=above.pk)
    document.save()
    assert sees(as_bob) == set()
    restriction.delete()
    assert sees(as_bob) == {"Handbook"}


def test_documents_are_no_news_on_the_timeline(handbook, shown_on):
    shown_on(handbook)
    assert Activity.objects.count() == 1


def test_publishing_costs_the_same_however_many_documents_a_page_shows(upload, shown_on, settings):
    settings.FOLKMOOT_STAMP_SECONDS = 3600
    counts = []
    for number in (1, 2, 12):  # the first one warms what is remembered
        documents = [upload(content=b"text", title=f"Text {number}-{one}", name="t.txt") for one in range(number)]
        page = shown_on(*documents)
        page.title = f"Changed {number}"
        revision = page.save_revision()
        with CaptureQueriesContext(connection) as captured:
            revision.publish()
        # Wagtail writes its references one by one.
        counts.append(len([sql for sql in own(captured) if "referenceindex" not in sql]))
    assert counts[1] == counts[2]


def test_a_private_collection_costs_the_same_however_many_documents_it_has(upload, shown_on, settings):
    settings.FOLKMOOT_STAMP_SECONDS = 3600
    counts = []
    for number in (1, 2, 12):  # the first one warms what is remembered
        collection = Collection.get_first_root_node().add_child(name=f"Some {number}")
        shown_on(
            *(upload(content=b"text", title=f"T{one}", name="t.txt", collection=collection) for one in range(number))
        )
        with CaptureQueriesContext(connection) as captured:
            restrict_collection(collection, make.group(f"Readers {number}"))
        counts.append(len(own(captured)))
    assert counts[1] == counts[2]


def test_a_search_costs_the_same_however_many_documents_it_finds(upload, shown_on, read_all, as_bob, catch_up):
    counts = []
    for number in (1, 2, 12):  # the first one warms what is remembered
        shown_on(*(upload(content=b"gloves\fgloves", title=f"T{number}-{n}", name="t.txt") for n in range(number)))
        read_all()
        catch_up()
        assert as_bob.get(f"{SEARCH}gloves").json()["count"] >= number
        as_bob.get("/search/?q=gloves")
        with CaptureQueriesContext(connection) as captured:
            assert as_bob.get("/search/?q=gloves").status_code == 200
        counts.append(len([q for q in captured if "stamp" not in q["sql"]]))
    assert counts[1] == counts[2]


def test_a_file_with_markup_in_it_shows_as_text(upload, shown_on, read_all, as_bob, catch_up):
    upload_content = files.word("gloves <script>alert(1)</script>")
    shown_on(upload(content=upload_content, title="<b>Bold</b>", name="x.docx"))
    read_all()
    catch_up()
    html = as_bob.get("/search/?q=gloves").content.decode()
    assert "<script>alert(1)" not in html
    assert "<b>Bold" not in html
    assert "&lt;script&gt;alert" in html
