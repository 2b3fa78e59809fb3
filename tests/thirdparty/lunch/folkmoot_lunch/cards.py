"""Menus as entries of the catalogue: what lists, search and timeline know of them."""

from __future__ import annotations

from django.conf import settings
from django.db.models import QuerySet
from django.utils import formats, translation
from django.utils.translation import gettext as _gettext
from django.utils.translation import gettext_lazy as _
from portal.audience import tokens
from portal.audience.expressions import Expression, any_of
from portal.catalogue.card import Card
from portal.host import EntryType
from portal.social.text import shorten

from folkmoot_lunch.models import Menu

SUMMARY = 600

types = [EntryType("menu", _("Menu"), "calendar", "user", _("Menus"))]


def audience_of(menu: Menu) -> Expression:
    """As its source has it; else the people of the department and of what is below it."""
    if menu.source:
        return menu.source.audience_of([], menu.department)
    return any_of(tokens.department(menu.department))


def menu_card(menu: Menu) -> Card:
    # An entry is written once for all its readers: in the organisation's language.
    with translation.override(settings.LANGUAGE_CODE):
        title = _gettext("Lunch on %(day)s") % {"day": formats.date_format(menu.day, "j F Y")}
    return Card(
        kind="automated" if menu.source else "user",
        type="menu",
        obj=menu,
        title=title,
        summary=shorten(menu.dishes, SUMMARY),
        body=menu.dishes,
        url=menu.get_absolute_url(),
        author=menu.author,
        department=menu.department,
        plugin="lunch",
        audience=audience_of(menu),
        hidden=menu.missing_since is not None,
        facets={"day": menu.day.isoformat(), "source": menu.source.name if menu.source else ""},
    )


def _all_menus() -> QuerySet[Menu]:
    return Menu.objects.select_related("department", "source__department", "author")


cards = {Menu: menu_card}
rebuild = {Menu: _all_menus}
