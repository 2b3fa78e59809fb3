from django.urls import path
from django.utils.translation import gettext_lazy as _

from plugins.tasks import views
from portal.host import NavItem

app_name = "tasks"

urlpatterns = [path("", views.tasks, name="tasks")]

navigation = [NavItem(_("Tasks"), "task", "tasks:tasks")]
