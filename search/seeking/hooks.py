"""What the admin shows of this package; imported by search.wagtail_hooks."""

from __future__ import annotations

from django.contrib.auth.models import Permission
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem
from wagtail.models import Page

from portal.people.models import Person
from search.seeking.about import note_page
from search.seeking.conf import RIGHT
from search.seeking.models import Measure
from search.seeking.pages import TitledCreateView, new_page
from search.seeking.report import SeekingReport


@hooks.register("register_permissions")
def register_seeking_permission() -> QuerySet[Permission]:
    """So that it can be given to a group in the admin."""
    app, codename = RIGHT.split(".")
    return Permission.objects.filter(content_type__app_label=app, codename=codename)


@hooks.register("register_admin_urls")
def register_seeking_urls() -> list[URLPattern]:
    form = "reports/seeking/page/<str:content_type_app_name>/<str:content_type_model_name>/<int:parent_page_id>/"
    results = SeekingReport.as_view(results_only=True)
    return [
        path("reports/seeking/page/", new_page, name="seeking_page"),
        path(form, TitledCreateView.as_view(), name="seeking_page_form"),
        path("reports/seeking/<str:measure>/", SeekingReport.as_view(), name="seeking_report"),
        path("reports/seeking/<str:measure>/results/", results, name="seeking_report_results"),
    ]


@hooks.register("after_create_page")
def remember_what_it_is_about(request: HttpRequest, page: Page) -> None:
    """The form of TitledCreateView says so, however the page was saved."""
    person, phrase = request.user, request.POST.get("seeking_phrase", "")
    if phrase and isinstance(person, Person) and person.has_perm(RIGHT):
        note_page(phrase, request.POST.get("seeking_language", ""), page, acting_person=person)


class SeekingMenuItem(MenuItem):
    def is_shown(self, request: HttpRequest) -> bool:
        return request.user.has_perm(RIGHT)


@hooks.register("register_reports_menu_item")
def register_seeking_menu() -> SeekingMenuItem:
    address = reverse("seeking_report", args=[Measure.NOTHING.value])
    return SeekingMenuItem(_("What people seek"), address, name="seeking", icon_name="search", order=1200)
