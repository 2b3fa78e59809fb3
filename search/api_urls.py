from django.urls import path

from search.api import SearchView
from search.seeking.api import SeekingView

urlpatterns = [
    path("search/", SearchView.as_view(), name="api-search"),
    path("search/seeking/", SeekingView.as_view(), name="api-search-seeking"),
]
