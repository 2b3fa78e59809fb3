"""Top-level addresses of the platform are not for pages."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from wagtail.models import Page

from cms import addresses
from cms.models import SectionPage
from tests.cms import factories as make

pytestmark = pytest.mark.django_db


def test_a_section_may_not_take_an_address_of_the_platform(tree, as_editor):
    address = reverse("wagtailadmin_pages:add", args=["cms", "sectionpage", tree.root.pk])
    fields = {
        "title": "Search",
        "slug": "search",
        "summary": "",
        "search_description": "",
        "action-publish": "1",
    }
    fields |= {"comments-TOTAL_FORMS": "0", "comments-INITIAL_FORMS": "0"}
    response = as_editor.post(address, fields)
    assert "slug" in response.context["form"].errors
    as_editor.post(address, fields | {"slug": "searching"})
    page = SectionPage.objects.get(slug="searching")
    response = as_editor.post(reverse("wagtailadmin_pages:edit", args=[page.pk]), fields | {"slug": "admin"})
    assert "slug" in response.context["form"].errors


def test_code_may_not_either(tree):
    page = SectionPage.objects.get(pk=tree.news.pk)
    page.slug = "people"
    with pytest.raises(ValidationError):
        page.save()


def test_below_a_section_every_address_is_free(tree):
    assert make.section(tree.news, "Search").slug == "search"


def test_nothing_moves_or_is_copied_to_a_taken_address(tree, as_editor, editor):
    page = make.section(tree.news, "Search")
    assert not page.permissions_for_user(editor).can_move_to(tree.root)
    fields = {"new_title": "Api", "new_slug": "api", "new_parent_page": tree.root.pk}
    response = as_editor.post(reverse("wagtailadmin_pages:copy", args=[tree.news.pk]), fields)
    assert response.status_code == 302
    assert not Page.objects.filter(slug="api").exists()


def test_every_address_of_the_platform_is_reserved(monkeypatch):
    assert addresses.addresses_are_reserved() == []
    assert {"search", "api", "admin", "files"} <= set(addresses.top_level_addresses())
    monkeypatch.setattr(addresses, "RESERVED", addresses.RESERVED - {"search"})
    assert [error.id for error in addresses.addresses_are_reserved()] == ["cms.E001"]


def test_a_page_from_before_an_address_was_reserved_is_told(tree):
    assert addresses.no_page_has_a_reserved_address(databases=["default"]) == []
    Page.objects.filter(pk=tree.news.pk).update(slug="topics")
    assert [e.id for e in addresses.no_page_has_a_reserved_address(databases=["default"])] == ["cms.E002"]
