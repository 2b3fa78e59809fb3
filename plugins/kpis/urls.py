from django.urls import path
from django.utils.translation import gettext_lazy as _

from plugins.kpis import views
from portal.host import NavItem

app_name = "kpis"

urlpatterns = [
    path("", views.kpi_list, name="kpis"),
    path("<int:pk>/", views.detail, name="kpi"),
]

navigation = [NavItem(_("Figures"), "chart", "kpis:kpis")]
