from django.urls import path

from plugins.comments import views

app_name = "comments"

urlpatterns = [
    path("<int:entry>/", views.thread, name="thread"),
    path("comment/<int:pk>/edit/", views.edit, name="edit"),
    path("comment/<int:pk>/delete/", views.delete, name="delete"),
]
