from django.urls import path

from search import views
from search.seeking.views import opened

urlpatterns = [
    path("", views.search_page, name="search"),
    path("suggest/", views.suggestions, name="search-suggest"),
    path("recent/forget/", views.forget, name="search-forget"),
    path("recent/restore/", views.restore, name="search-restore"),
    path("opened/", opened, name="search_opened"),
]
