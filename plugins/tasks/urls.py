from django.urls import path
from django.utils.translation import gettext_lazy as _

from plugins.tasks import views
from portal.host import NavItem

app_name = "tasks"

urlpatterns = [
    path("", views.tasks, name="tasks"),
    path("<int:pk>/", views.detail, name="task"),
    path("<int:pk>/<slug:operation>/", views.write_back, name="write_back"),
    path("<int:pk>/sent/<int:write_back>/<slug:change>/", views.change_write_back, name="change_write_back"),
]

navigation = [NavItem(_("Tasks"), "task", "tasks:tasks")]
