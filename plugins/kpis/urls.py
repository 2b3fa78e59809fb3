from django.urls import path
from django.utils.translation import gettext_lazy as _

from plugins.kpis import editing, export, views
from portal.host import NavItem

app_name = "kpis"

urlpatterns = [
    path("", views.kpi_list, name="kpis"),
    path("subscriptions/", editing.subscriptions, name="subscriptions"),
    path("<int:pk>/", views.detail, name="kpi"),
    path("<int:pk>/readings.csv", export.readings_csv, name="csv"),
    path("<int:pk>/definition/", editing.definition, name="definition"),
    path("<int:pk>/notes/<int:reading>/", editing.note, name="note"),
    path("<int:pk>/subscription/", editing.subscription, name="subscription"),
    path("<int:pk>/subscription/end/", editing.end_subscription, name="unsubscribe"),
]

navigation = [NavItem(_("Figures"), "chart", "kpis:kpis")]
