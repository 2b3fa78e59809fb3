from django.urls import path

from portal.notifications import views

urlpatterns = [
    path("", views.notification_list, name="notifications"),
    path("read/", views.read_all, name="notifications-read"),
    path("<int:pk>/", views.follow, name="notification"),
]
