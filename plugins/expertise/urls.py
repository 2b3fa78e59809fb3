from django.urls import path
from django.utils.translation import gettext_lazy as _

from plugins.expertise import views
from portal.host import NavItem

app_name = "expertise"

urlpatterns = [
    path("", views.finder, name="finder"),
    path("me/", views.me, name="me"),
]

navigation = [NavItem(_("Who knows"), "question", "expertise:finder")]
