"""From a phrase to a page about it: where and which kind, then Wagtail's own form with the title filled in.

Nothing is written here: the form is sent to Wagtail's address, with its checks, drafts and history.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe
from wagtail.admin.views.pages.create import CreateView
from wagtail.admin.widgets import AdminPageChooser
from wagtail.models import Page, get_page_models

from search.seeking.conf import RIGHT

_TITLE = 255  # characters, as Wagtail's own


class SectionChooser(AdminPageChooser):
    """Wagtail's chooser of pages, which does not mind what an address may hold instead of a page's number."""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> str | None:
        value = str(super().value_from_datadict(data, files, name) or "")
        return value if value.isascii() and value.isdigit() and len(value) < 10 else None


class PageForm(forms.Form):
    """Which page, and where. A place that does not take it is refused with those kinds that it takes."""

    title = forms.CharField(label=gettext_lazy("Title"), max_length=_TITLE)
    section = forms.ModelChoiceField(
        label=gettext_lazy("Section"), queryset=Page.objects.filter(depth__gt=1), widget=SectionChooser
    )
    kind = forms.ChoiceField(label=gettext_lazy("Kind of page"))

    def __init__(self, *args: Any, person: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.person = person
        self.models = {model._meta.label_lower: model for model in get_page_models() if model.is_creatable}
        kinds = [(label, capfirst(model.get_verbose_name())) for label, model in self.models.items()]
        self.fields["kind"].choices = sorted(kinds, key=lambda kind: kind[1])  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        section, kind = given.get("section"), given.get("kind")
        if section is None or kind is None:
            return given
        if not section.permissions_for_user(self.person).can_add_subpage():
            self.add_error("section", _("You may not add pages here; choose another section."))
        elif self.models[kind] not in (kinds := _kinds_in(section)):
            names = ", ".join(str(model.get_verbose_name()) for model in kinds) or _("none")
            self.add_error("kind", _("This section does not take it. It takes: %(kinds)s.") % {"kinds": names})
        return given


def _kinds_in(section: Page) -> list[type[Page]]:
    return [model for model in section.specific_class.creatable_subpage_models() if model.can_create_at(section)]


@require_safe
def new_page(request: HttpRequest) -> HttpResponse:
    """Asks where and which kind (`title` comes along), and leads on to the form of the page itself."""
    if not request.user.has_perm(RIGHT):
        raise PermissionDenied
    if "section" not in request.GET:
        title = capfirst(request.GET.get("title", ""))[:_TITLE]
        form = PageForm(person=request.user, initial={"title": title})
    else:
        form = PageForm(request.GET, person=request.user)
        if form.is_valid():
            given = form.cleaned_data
            address = reverse("seeking_page_form", args=[*given["kind"].split("."), given["section"].pk])
            return redirect(f"{address}?{urlencode({'title': given['title']})}")
    title = _("Write a page")
    context = {"form": form, "header_title": title, "page_title": title, "header_icon": "doc-empty"}
    return render(request, "search/seeking/new_page.html", context)


class TitledCreateView(CreateView):
    """Wagtail's form for a new page, with a title in it; it is sent to Wagtail's own address."""

    http_method_names = ["get", "head", "options"]

    def get(self, request: HttpRequest) -> HttpResponse:
        self.page.title = request.GET.get("title", "")[:_TITLE]
        answer: HttpResponse = super().get(request)
        return answer
