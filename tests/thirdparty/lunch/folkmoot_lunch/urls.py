from django.urls import path
from django.utils.translation import gettext_lazy as _
from portal.host import NavItem

from folkmoot_lunch import views

app_name = "lunch"

urlpatterns = [
    path("", views.menu_list, name="menus"),
    path("new/", views.new, name="new"),
    path("<int:pk>/", views.detail, name="menu"),
    path("<int:pk>/delete/", views.delete, name="delete"),
]

navigation = [NavItem(_("Lunch"), "calendar", "lunch:menus")]
