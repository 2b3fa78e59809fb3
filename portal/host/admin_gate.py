"""The admin's menus show a plugin's places only to those for whom the plugin is on."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.urls import Resolver404, resolve

from portal.host.gate import is_on_for
from portal.host.owners import owner_of, owner_of_module

if TYPE_CHECKING:
    from django.http import HttpRequest
    from wagtail.admin.menu import MenuItem


def owner_of_item(item: MenuItem) -> str:
    """The plugin that made the item or to whose view it leads; "" for the platform's own."""
    if slug := owner_of_module(type(item).__module__):
        return slug
    try:
        return owner_of(resolve(urlsplit(str(item.url)).path).func)
    except Resolver404:
        return ""


def drop_closed(request: HttpRequest, items: list[MenuItem]) -> None:
    """Takes the items of plugins that are off for the reader out of the list, in place."""
    items[:] = [item for item in items if not (slug := owner_of_item(item)) or is_on_for(slug, request.user)]
