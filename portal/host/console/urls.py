"""Addresses below /admin/plugins/."""

from django.urls import path

from portal.host.console import change, matrix, pages

urlpatterns = [
    path("plugins/", pages.overview, name="plugin_console"),
    path("plugins/matrix/", matrix.matrix, name="plugin_matrix"),
    path("plugins/change/", change.change, name="plugin_change"),
    path("plugins/why/", pages.why, name="plugin_why"),
    path("plugins/history/", pages.history, name="plugin_history"),
    path("plugins/about/<slug:slug>/", pages.plugin_page, name="plugin_page"),
]
