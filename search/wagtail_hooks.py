"""Hooks of search into Wagtail's admin: one menu for search managers."""

from __future__ import annotations

from django.http import HttpRequest
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import Menu, MenuItem, SubmenuMenuItem
from wagtail.admin.viewsets.base import ViewSet

from search.editing import actions, viewsets
from search.editing.chooser import chooser_viewset
from search.editing.factors import ranking_page
from search.models import RankingFactor
from search.seeking import hooks as seeking  # noqa: F401  importing it registers them

_MENU = "register_search_menu_item"


@hooks.register("register_admin_viewset")
def register_viewsets() -> list[ViewSet]:
    return [chooser_viewset, viewsets.synonyms, viewsets.stop_phrases, viewsets.promotions]


@hooks.register("register_admin_urls")
def register_urls() -> list[URLPattern]:
    return [path("search/ranking/", ranking_page, name="search_ranking")]


class _RankingItem(MenuItem):
    def is_shown(self, request: HttpRequest) -> bool:
        return actions.may(request.user, "change", RankingFactor)


@hooks.register(_MENU)
def ranking_item() -> MenuItem:
    return _RankingItem(_("Ranking"), reverse("search_ranking"), icon_name="order", order=400)


@hooks.register(_MENU)
def promotions_item() -> MenuItem:
    return viewsets.promotions.get_menu_item(order=100)


@hooks.register(_MENU)
def synonyms_item() -> MenuItem:
    return viewsets.synonyms.get_menu_item(order=200)


@hooks.register(_MENU)
def stop_phrases_item() -> MenuItem:
    return viewsets.stop_phrases.get_menu_item(order=300)


@hooks.register("register_admin_menu_item")
def register_menu() -> SubmenuMenuItem:
    """Shown to whoever sees something in it."""
    return SubmenuMenuItem(_("Search"), Menu(register_hook_name=_MENU), icon_name="search", order=800)
