from django.urls import path

from search.seeking.views import opened
from search.views import search_page

urlpatterns = [path("", search_page, name="search"), path("opened/", opened, name="search_opened")]
