"""Addresses below /admin/plugins/."""

from django.urls import path

from portal.host.console import change, configure, matrix, pages, permissions, settings

urlpatterns = [
    path("plugins/", pages.overview, name="plugin_console"),
    path("plugins/matrix/", matrix.matrix, name="plugin_matrix"),
    path("plugins/change/", change.change, name="plugin_change"),
    path("plugins/why/", pages.why, name="plugin_why"),
    path("plugins/history/", pages.history, name="plugin_history"),
    path("plugins/configure/", configure.configure, name="plugin_configure"),
    path("plugins/settings/<slug:slug>/", settings.settings, name="plugin_settings"),
    path("plugins/permissions/<slug:slug>/", permissions.permissions, name="plugin_permissions"),
    path("plugins/about/<slug:slug>/", pages.plugin_page, name="plugin_page"),
]
