"""Hooks into Wagtail: who may read a page, and addresses that are taken."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern
from django.utils.translation import gettext as _
from wagtail import hooks
from wagtail.admin import messages
from wagtail.models import Page

from cms import actions
from cms.addresses import RESERVED
from cms.choosers import PersonChooserViewSet
from cms.documents import admin
from cms.serving import check_readable


@hooks.register("before_serve_page", order=-100)
def not_for_this_reader(page: Page, request: HttpRequest, args: Any, kwargs: Any) -> None:
    check_readable(page, request)


@hooks.register("before_copy_page")
def refuse_reserved_address(request: HttpRequest, page: Page) -> HttpResponse | None:
    """Copying writes before it validates, so this is said first."""
    if request.method != "POST" or request.POST.get("new_slug") not in RESERVED:
        return None
    parent = Page.objects.filter(pk=request.POST.get("new_parent_page") or page.get_parent().pk).first()
    if parent is None or parent.depth != 2:
        return None
    messages.error(request, _("This address belongs to the platform; choose another one."))
    return redirect("wagtailadmin_pages:copy", page.pk)


@hooks.register("after_copy_page")
def catalogue_aliases(request: HttpRequest, page: Page, new_page: Page) -> None:
    """Wagtail publishes aliases without telling anybody."""
    actions.reconcile()


@hooks.register("register_admin_urls")
def document_texts() -> list[URLPattern]:
    return admin.urlpatterns


@hooks.register("register_reports_menu_item")
def document_texts_item() -> admin.TextsMenuItem:
    return admin.TextsMenuItem()


@hooks.register("register_admin_viewset")
def person_chooser() -> PersonChooserViewSet:
    return PersonChooserViewSet("person_chooser")
