"""Who may read a page through its address: whoever may see its entry; a section, whom privacy lets in."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest
from django.urls import reverse
from wagtail.models import Page

from cms.cards import page_card, unsaved_entry
from cms.models import ContentPage
from cms.privacy import may_enter
from portal.catalogue.access import readable_or_404
from portal.catalogue.models import Entry


def check_readable(page: Page, request: HttpRequest) -> None:
    """Raises Http404 unless the person may read the page; keeps the entry for the page's context."""
    if isinstance(page, ContentPage):
        request.page_entry = readable_or_404(request.user, page)  # type: ignore[attr-defined]
    elif not may_enter(request.user, page):
        raise Http404


def entry_of(page: ContentPage, request: HttpRequest) -> Entry:
    """The entry that was checked; in the editor's preview what it would be."""
    entry = getattr(request, "page_entry", None)
    return entry if entry is not None and entry.key == str(page.pk) else unsaved_entry(page_card(page))


def edit_url(page: Page, request: HttpRequest) -> str:
    """Where the reader may edit the page; empty for who may not."""
    person: Any = request.user
    if not person.has_perm("wagtailadmin.access_admin") or not page.permissions_for_user(person).can_edit():
        return ""
    return reverse("wagtailadmin_pages:edit", args=[page.pk])
