"""Moving, renaming and deleting branches: right, and set-based."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from wagtail.models import Page, ReferenceIndex

from cms import actions
from cms.models import ProcessPage
from portal.catalogue.models import Entry
from tests.cms import factories as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def archive(tree):
    return make.section(tree.news, "Archive")


@pytest.fixture
def story(archive):
    page = make.page(archive, "Old story")
    make.comment(make.entry(page))
    return page


def places():
    """Of every live entry of a page: where the catalogue believes it is, and where it is."""
    believed = {}
    for entry in Entry.objects.filter(label="wagtailcore.page", state="live"):
        believed[int(entry.key)] = (entry.tree_path, entry.url)
    actual = {page.pk: (page.path, page.url) for page in Page.objects.filter(pk__in=believed)}
    return believed, actual


def test_moving_a_branch_moves_addresses_places_and_comments(tree, archive, story, as_editor):
    address = reverse("wagtailadmin_pages:move_confirm", args=[archive.pk, tree.processes.pk])
    assert as_editor.post(address).status_code == 302
    assert make.entry(story).url == "/processes/archive/old-story/"
    assert Entry.objects.get(type="comment").url.startswith("/processes/archive/old-story/#comment-")
    believed, actual = places()
    assert believed == actual


def test_moving_under_a_restricted_parent_narrows_and_moving_out_opens(tree, archive, story, bob, charlie):
    make.restrict(tree.processes, make.group("Staff", bob))
    archive.refresh_from_db()
    archive.move(tree.processes, pos="last-child")
    assert make.titles(bob) >= {"Old story", "Well said"}
    assert not make.titles(charlie) & {"Old story", "Well said"}
    archive.refresh_from_db()
    tree.facilities.refresh_from_db()
    archive.move(tree.facilities, pos="last-child")
    assert make.titles(charlie) >= {"Old story", "Well said"}


def test_reordering_siblings_keeps_every_place_right(tree, archive, story, bob, charlie):
    other = make.section(tree.news, "Other")
    make.page(other, "Other story")
    last = make.section(tree.news, "Last")
    last.move(archive, pos="left")
    believed, actual = places()
    assert believed == actual
    # A restriction afterwards meets the right pages.
    make.restrict(Page.objects.get(pk=archive.pk), make.group("Staff", bob))
    assert "Old story" not in make.titles(charlie)
    assert "Other story" in make.titles(charlie)


def test_a_new_slug_readdresses_all_that_is_below(tree, archive, story):
    archive.refresh_from_db()
    archive.slug = "history"
    archive.save_revision().publish()
    assert make.entry(story).url == "/news/history/old-story/"
    assert Entry.objects.get(type="comment").url.startswith("/news/history/old-story/#comment-")
    believed, actual = places()
    assert believed == actual


def test_deleting_a_branch_takes_pages_and_comments_and_leaves_no_text(tree, archive, story, as_ida, bob):
    beside = make.page(tree.news, "Beside")
    as_ida.post(reverse("wagtailadmin_pages:delete", args=[archive.pk]))
    assert not Page.objects.filter(pk=story.pk).exists()
    assert not make.titles(bob) & {"Old story", "Well said"}
    assert make.entry(beside).state == "live"
    gone = Entry.objects.get(label="wagtailcore.page", key=str(story.pk))
    assert (gone.state, gone.title, gone.body) == ("removed", "", "")


def test_deleting_a_restricted_branch_opens_nothing(tree, archive, story, bob, charlie):
    make.restrict(archive, make.group("Staff", bob))
    Page.objects.get(pk=archive.pk).delete()
    assert not make.titles(charlie) & {"Old story", "Well said"}
    assert not make.titles(bob) & {"Old story", "Well said"}


def _statements(function):
    with CaptureQueriesContext(connection) as captured:
        function()
    return len(captured)


def _fill(section, pages):
    for _number in range(pages):
        page = make.page(section)
        make.comment(make.entry(page))
        make.comment(make.entry(page))


def _cost(tree, name, pages):
    """Statements of each change to a branch of so many pages, each with two comments."""
    section = make.section(tree.news, name)
    _fill(section, pages)
    staff = make.group(name)
    section.refresh_from_db()
    return {
        "restrict": _statements(lambda: make.restrict(section, staff)),
        "move": _statements(lambda: section.move(tree.processes, pos="last-child")),
        "rename": _statements(lambda: _rename(section)),
        "remove": _statements(lambda: actions.remove_pages(Page.objects.filter(path__startswith=_path(section)))),
    }


def _rename(section):
    section.refresh_from_db()
    section.slug = f"{section.slug}-again"
    section.save()


def _path(section):
    return Page.objects.get(pk=section.pk).path


def test_changes_to_a_branch_cost_the_same_at_two_sizes(tree, settings):
    settings.FOLKMOOT_STAMP_SECONDS = 3600
    _cost(tree, "warm", 1)  # content types, sites and stamps are read once a process
    assert _cost(tree, "small", 2) == _cost(tree, "large", 12)


def test_reconcile_mends_what_no_signal_told(tree, story, bob):
    lost = make.page(tree.news, "Lost")
    Entry.objects.filter(pk=make.entry(lost).pk).delete()
    Page.objects.filter(pk=story.pk).update(live=False)
    assert actions.reconcile() == 2
    assert "Lost" in make.titles(bob)
    assert not make.titles(bob) & {"Old story", "Well said"}
    assert actions.reconcile() == 0


def test_an_alias_goes_with_its_original(tree, story, bob):
    alias = story.create_alias(parent=tree.processes)
    actions.reconcile()
    assert make.entry(alias).state == "live"
    story.delete()
    alias.refresh_from_db()
    assert not alias.live
    assert make.entry(alias).state == "hidden"
    assert "Old story" not in make.titles(bob)


def test_deleting_forgets_references_to_and_from_the_branch(tree, archive, story):
    ReferenceIndex.create_or_update_for_object(story)
    other = make.page(tree.processes, "Index", kind=ProcessPage, body=[("page_links", {"title": "", "pages": [story]})])
    ReferenceIndex.create_or_update_for_object(other)
    assert ReferenceIndex.get_references_to(story).exists()
    Page.objects.get(pk=archive.pk).delete()
    assert not ReferenceIndex.get_references_to(story).exists()
    assert not ReferenceIndex.get_references_for_object(story).exists()
