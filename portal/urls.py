"""All addresses (docs/architecture.md, "Addresses"). The composition root: includes rooms by name."""

from django.contrib.auth import views as auth
from django.urls import include, path
from wagtail import urls as wagtail_urls
from wagtail.admin import urls as wagtailadmin_urls

from portal import health, metrics
from portal.accounts import LoginView, choose_language
from portal.catalogue import files
from portal.host.routes import plugin_urls
from portal.people import views as people
from portal.startpage import topics
from portal.startpage import views as startpage

urlpatterns = [
    path("", startpage.start, name="start"),
    path("search/", include("search.urls")),
    path("people/", people.directory, name="people"),
    path("people/<str:username>/", people.profile, name="person"),
    path("people/<str:username>/follow/", people.follow, name="follow"),
    path("departments/", people.department_list, name="departments"),
    path("departments/<path:path>/", people.department, name="department"),
    path("notifications/", include("portal.notifications.urls")),
    path("topics/<str:slug>/", topics.topic, name="topic"),
    path("accounts/login/", LoginView.as_view(), name="login"),
    path("accounts/logout/", auth.LogoutView.as_view(), name="logout"),
    path(
        "accounts/password/",
        auth.PasswordChangeView.as_view(template_name="portal/password_change.html"),
        name="password_change",
    ),
    path(
        "accounts/password/done/",
        auth.PasswordChangeDoneView.as_view(template_name="portal/password_change_done.html"),
        name="password_change_done",
    ),
    path("accounts/language/", choose_language, name="set_language"),
    path("files/<path:path>", files.serve, name="file"),
    path("styleguide/", include("portal.styleguide.urls")),
    path("ingest/", include("portal.ingestion.urls")),
    path("livez", health.live),
    path("readyz", health.ready),
    path("metrics", metrics.metrics),
    path("admin/", include(wagtailadmin_urls)),
    path("api/v1/", include("portal.api.urls")),
    path("api/v2/", include("cms.api_urls")),
    *plugin_urls(),
    path("", include(wagtail_urls)),
]

handler404 = "portal.errors.not_found"
handler500 = "portal.errors.server_error"
handler403 = "portal.errors.forbidden"
handler400 = "portal.errors.bad_request"
