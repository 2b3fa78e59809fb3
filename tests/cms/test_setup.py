"""The tree that every installation starts with."""

from __future__ import annotations

import pytest
from wagtail.models import GroupPagePermission, Page, Site

from cms.setup import ensure_tree

pytestmark = pytest.mark.django_db


def test_the_tree_is_made_once(organisation):
    first = ensure_tree(organisation)
    pages, rights = Page.objects.count(), GroupPagePermission.objects.count()
    assert ensure_tree(organisation) == first
    assert (Page.objects.count(), GroupPagePermission.objects.count()) == (pages, rights)
    assert Site.objects.get().root_page_id == first.root.pk
    assert [page.url for page in (first.news, first.processes, first.facilities)] == [
        "/news/", "/processes/", "/facilities/",
    ]  # fmt: skip


def test_what_editors_renamed_stays_renamed(organisation):
    news = ensure_tree(organisation).news
    news.title = "Latest"
    news.save_revision().publish()
    assert ensure_tree(organisation).news.title == "Latest"


def test_editors_edit_pages_and_nothing_else(tree, editor, bob):
    rights = tree.news.permissions_for_user(editor)
    assert rights.can_add_subpage()
    assert rights.can_publish()
    assert not editor.has_perm("people.change_person")
    assert not tree.news.permissions_for_user(bob).can_edit()
