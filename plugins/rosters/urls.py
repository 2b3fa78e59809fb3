from django.urls import path
from django.utils.translation import gettext_lazy as _

from plugins.rosters import views
from portal.host import NavItem

app_name = "rosters"

urlpatterns = [path("", views.rosters, name="rosters")]

navigation = [NavItem(_("Roster"), "calendar", "rosters:rosters")]
