from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from portal.api import views
from portal.host import api as host
from portal.host.configuring import api as configuring
from portal.host.routes import plugin_api_urls
from portal.notifications import api as notifications

urlpatterns = [
    path("content/", views.ContentList.as_view(), name="api-content"),
    path("content/<int:pk>/", views.ContentDetail.as_view(), name="api-entry"),
    path("timeline/", views.Timeline.as_view(), name="api-timeline"),
    path("people/", views.PeopleList.as_view(), name="api-people"),
    path("people/<str:username>/follow/", views.FollowView.as_view(), name="api-follow"),
    path("departments/", views.DepartmentList.as_view(), name="api-departments"),
    path("plugins/", host.PluginList.as_view(), name="api-plugins"),
    path("plugins/<slug:slug>/rules/", host.PluginRules.as_view(), name="api-plugin-rules"),
    path("plugins/<slug:slug>/impact/", host.PluginImpact.as_view(), name="api-plugin-impact"),
    path("plugins/<slug:slug>/explain/", host.PluginExplain.as_view(), name="api-plugin-explain"),
    path("plugins/<slug:slug>/settings/", configuring.PluginSettingsView.as_view(), name="api-plugin-settings"),
    path(
        "plugins/<slug:slug>/settings/<str:name>/",
        configuring.PluginSettingView.as_view(),
        name="api-plugin-setting",
    ),
    path(
        "plugins/<slug:slug>/permissions/",
        configuring.PluginPermissionsView.as_view(),
        name="api-plugin-permissions",
    ),
    path(
        "plugins/<slug:slug>/permissions/<str:name>/",
        configuring.PluginPermissionView.as_view(),
        name="api-plugin-permission",
    ),
    path("notifications/", notifications.NotificationList.as_view(), name="api-notifications"),
    path("notifications/read/", notifications.NotificationsRead.as_view(), name="api-notifications-read"),
    path("auth/token/", views.TokenView.as_view(), name="api-token"),
    path("schema/", SpectacularAPIView.as_view(), name="api-schema"),
    path("docs/", SpectacularSwaggerSplitView.as_view(url_name="api-schema"), name="api-docs"),
    path("", include("search.api_urls")),
    *plugin_api_urls(),
]
