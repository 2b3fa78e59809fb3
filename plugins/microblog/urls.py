from django.urls import path
from django.utils.translation import gettext_lazy as _

from plugins.microblog import views
from portal.host import NavItem

app_name = "microblog"

urlpatterns = [
    path("", views.post_list, name="posts"),
    path("new/", views.new, name="new"),
    path("<int:pk>/", views.detail, name="post"),
    path("<int:pk>/edit/", views.edit, name="edit"),
    path("<int:pk>/delete/", views.delete, name="delete"),
]

navigation = [
    NavItem(_("Posts"), "chat", "microblog:posts"),
    NavItem(_("Write"), "edit", "microblog:new", compose=True),
]
