"""Hooks of the kernel into Wagtail's admin."""

from __future__ import annotations

from django.http import HttpRequest
from django.urls import URLPattern, reverse
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem
from wagtail.log_actions import LogActionRegistry

from portal import audit
from portal.host.admin_gate import drop_closed
from portal.host.console.access import may_open
from portal.host.console.configure import may_configure_something
from portal.host.console.urls import urlpatterns
from portal.people.models import Person


@hooks.register("register_log_actions")
def register_log_actions(actions: LogActionRegistry) -> None:
    audit.register(actions)


@hooks.register("register_admin_urls")
def register_admin_urls() -> list[URLPattern]:
    return urlpatterns


class PluginsMenuItem(MenuItem):
    def is_shown(self, request: HttpRequest) -> bool:
        return isinstance(request.user, Person) and may_open(request.user)


@hooks.register("register_admin_menu_item")
def register_plugins_menu() -> PluginsMenuItem:
    return PluginsMenuItem(_("Plugins"), reverse("plugin_console"), icon_name="cogs", order=9000)


class PluginSettingsMenuItem(MenuItem):
    """For whoever was granted to configure a plugin without being IT: the console itself is closed to them."""

    def is_shown(self, request: HttpRequest) -> bool:
        person = request.user
        return isinstance(person, Person) and not may_open(person) and may_configure_something(person)


@hooks.register("register_admin_menu_item")
def register_plugin_settings_menu() -> PluginSettingsMenuItem:
    return PluginSettingsMenuItem(_("Plugin settings"), reverse("plugin_configure"), icon_name="cogs", order=9000)


@hooks.register("construct_main_menu", order=9000)
@hooks.register("construct_settings_menu", order=9000)
@hooks.register("construct_reports_menu", order=9000)
def drop_closed_plugins(request: HttpRequest, menu_items: list[MenuItem]) -> None:
    drop_closed(request, menu_items)
