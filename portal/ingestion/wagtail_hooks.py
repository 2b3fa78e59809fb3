"""Sources in Wagtail's admin."""

from __future__ import annotations

from django.http import HttpRequest
from django.urls import URLPattern, reverse
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem

from portal.ingestion.console.access import may_open
from portal.ingestion.console.urls import urlpatterns


@hooks.register("register_admin_urls")
def register_admin_urls() -> list[URLPattern]:
    return urlpatterns


class SourcesMenuItem(MenuItem):
    def is_shown(self, request: HttpRequest) -> bool:
        return may_open(request.user)


@hooks.register("register_admin_menu_item")
def register_sources_menu() -> SourcesMenuItem:
    return SourcesMenuItem(_("Sources"), reverse("sources"), icon_name="download", order=9010)
