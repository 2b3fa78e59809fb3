from django.urls import path
from django.utils.translation import gettext_lazy as _

from plugins.rosters import feed_views, views
from portal.host import NavItem

app_name = "rosters"

urlpatterns = [
    path("", views.my_week, name="my_week"),
    path("team/", views.team, name="team"),
    path("on-duty/", views.on_duty, name="on_duty"),
    path("open/", views.open_shifts, name="open"),
    path("calendar/", feed_views.calendar, name="calendar"),
    path("calendar/revoke/", feed_views.revoke_calendar, name="revoke_calendar"),
    path("feed/<str:secret>.ics", feed_views.feed, name="feed"),
]

navigation = [NavItem(_("Roster"), "calendar", "rosters:my_week")]
