from django.urls import path

from search.api import SearchView
from search.seeking.api import SeekingView
from search.suggest_api import SuggestView

urlpatterns = [
    path("search/", SearchView.as_view(), name="api-search"),
    path("search/suggest/", SuggestView.as_view(), name="api-search-suggest"),
    path("search/seeking/", SeekingView.as_view(), name="api-search-seeking"),
]
