"""From a phrase to a page about it: where and which kind, then Wagtail's own form with the title filled in.

Nothing is written here: the form is sent to Wagtail's address, with its checks, drafts and history; what it is about
goes with it. Whoever may add one kind of page in one place is led to its form at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.core.exceptions import FieldDoesNotExist, PermissionDenied
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
from search.seeking.sections import kinds_in, listed

_TITLE = 255  # characters, as Wagtail's own
_ALONG = ("phrase", "language", "next")  # what the form of the page is told besides its title


class SectionChooser(AdminPageChooser):
    """Wagtail's chooser of pages, which does not mind what an address may hold instead of a page's number."""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> str | None:
        value = str(super().value_from_datadict(data, files, name) or "")
        return value if value.isascii() and value.isdigit() and len(value) < 10 else None


class PageForm(forms.Form):
    """Which page, and where: of few sections there is a list, of many the tree. The only one is chosen.

    A place that does not take the kind is refused with those kinds that it takes.
    """

    title = forms.CharField(label=gettext_lazy("Title"), max_length=_TITLE)
    section = forms.ModelChoiceField(
        label=gettext_lazy("Section"), queryset=Page.objects.filter(depth__gt=1), widget=SectionChooser
    )
    kind = forms.ChoiceField(label=gettext_lazy("Kind of page"))
    phrase = forms.CharField(required=False, widget=forms.HiddenInput)
    language = forms.CharField(required=False, widget=forms.HiddenInput)
    next = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, person: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.person = person
        self.models = {model._meta.label_lower: model for model in get_page_models() if model.is_creatable}
        self.sections = listed(person)
        self.kinds = {model for section in self.sections for model in kinds_in(section)} or set(self.models.values())
        kinds = self.fields["kind"]
        kinds.choices = [(key, capfirst(model.get_verbose_name())) for key, model in self.models.items()]  # type: ignore[attr-defined]
        offered = [choice for choice in kinds.choices if self.models[choice[0]] in self.kinds]  # type: ignore[attr-defined]
        kinds.widget.choices = sorted(offered, key=lambda choice: choice[1])
        if self.sections:
            top = min(section.depth for section in self.sections)
            names = [(section.pk, "\u2013 " * (section.depth - top) + section.title) for section in self.sections]
            none = [] if len(names) == 1 else [("", "\u2014")]
            # What is sent is checked as from the tree, and refused in words.
            self.fields["section"].widget = forms.Select(choices=none + names)

    @property
    def only_way(self) -> dict[str, Any] | None:
        """Section and kind, where there is nothing to choose."""
        if len(self.sections) != 1 or len(self.kinds) != 1:
            return None
        return {"section": self.sections[0], "kind": next(iter(self.kinds))._meta.label_lower}

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        section, kind = given.get("section"), given.get("kind")
        if section is None or kind is None:
            return given
        if not section.permissions_for_user(self.person).can_add_subpage():
            self.add_error("section", _("You may not add pages here; choose another section."))
        elif self.models[kind] not in (kinds := kinds_in(section)):
            names = ", ".join(str(model.get_verbose_name()) for model in kinds) or _("none")
            self.add_error("kind", _("This section does not take it. It takes: %(kinds)s.") % {"kinds": names})
        return given


@require_safe
def new_page(request: HttpRequest) -> HttpResponse:
    """Asks where and which kind, and leads on to the form of the page itself.

    `phrase` and its `language` come along, and `next`: where Wagtail leads back to when the page is published.
    """
    if not request.user.has_perm(RIGHT):
        raise PermissionDenied
    if "section" in request.GET:
        form = PageForm(request.GET, person=request.user)
        if form.is_valid():
            return _to_form(form.cleaned_data)
    else:
        along = {name: request.GET.get(name, "")[:_TITLE] for name in _ALONG}
        form = PageForm(person=request.user, initial=along | {"title": capfirst(along["phrase"])})
        if way := form.only_way:
            return _to_form({**form.initial, **way})
    title = _("Write a page")
    context = {"form": form, "header_title": title, "page_title": title, "header_icon": "doc-empty"}
    return render(request, "search/seeking/new_page.html", context)


def _to_form(given: Mapping[str, Any]) -> HttpResponse:
    address = reverse("seeking_page_form", args=[*given["kind"].split("."), given["section"].pk])
    along = {name: given[name] for name in ("title", *_ALONG) if given[name]}
    return redirect(f"{address}?{urlencode(along)}")


class TitledCreateView(CreateView):
    """Wagtail's form for a new page, with title and language in it; it is sent to Wagtail's own address."""

    http_method_names = ["get", "head", "options"]
    template_name = "search/seeking/page_form.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        self.page.title = request.GET.get("title", "")[:_TITLE]
        self._speak(request.GET.get("language", ""))
        answer: HttpResponse = super().get(request)
        return answer

    def _speak(self, language: str) -> None:
        """Sets the page's language, if its kind has one."""
        try:
            choices = dict(self.page_class._meta.get_field("language").flatchoices)
        except FieldDoesNotExist:
            return
        if language in choices:
            self.page.language = language

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        about = {name: self.request.GET.get(name, "") for name in ("phrase", "language")}
        context: dict[str, Any] = super().get_context_data(**kwargs)
        return context | {"about": about}
