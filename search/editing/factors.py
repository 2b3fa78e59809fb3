"""The numbers of the ranking on one page of the admin."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods
from wagtail.admin import messages

from portal.people.models import Person
from search.editing import actions
from search.models import RankingFactor
from search.ranking import FACTORS, Factor, numbers


class FactorsForm(forms.Form):
    """A field for each factor, with its default beside it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for factor in FACTORS:
            self.fields[factor.name] = _field(factor)

    def groups(self) -> list[dict[str, Any]]:
        """The fields under their headings, in order."""
        found: dict[Any, list[Any]] = {}
        for factor in FACTORS:
            found.setdefault(factor.group, []).append(self[factor.name])
        return [{"title": title, "fields": fields} for title, fields in found.items()]


def _field(factor: Factor) -> forms.FloatField:
    text = lazy(_with_default, str)(factor)
    return forms.FloatField(label=factor.label, help_text=text, min_value=factor.least, max_value=factor.most)


def _with_default(factor: Factor) -> str:
    told = [str(factor.text), _("Default: %(number)g.") % {"number": factor.default}]
    if factor.only_elasticsearch:
        told.append(_("Only with Elasticsearch."))
    if _is_changed(factor):
        told.append(_("Changed here."))
    return " ".join(told)


def _differing() -> list[dict[str, Any]]:
    """The factors that are not as they were delivered, with both numbers."""
    return [
        {"label": factor.label, "now": numbers()[factor.name], "default": factor.default}
        for factor in FACTORS
        if _is_changed(factor)
    ]


def _is_changed(factor: Factor) -> bool:
    return numbers()[factor.name] != factor.default


@require_http_methods(["GET", "HEAD", "POST"])
def ranking_page(request: HttpRequest) -> HttpResponse:
    """For search managers; every change holds with the next search."""
    if not actions.may(request.user, "change", RankingFactor):
        raise PermissionDenied
    if request.method == "POST" and "defaults" in request.POST:
        if "sure" in request.POST:
            return _done(request, {factor.name: factor.default for factor in FACTORS})
        return render(request, "search/admin/ranking_defaults.html", {"differing": _differing()})
    form = FactorsForm(request.POST or None, initial=dict(numbers()))
    if request.method == "POST" and form.is_valid():
        return _done(request, form.cleaned_data)
    return render(request, "search/admin/ranking.html", {"form": form}, status=400 if form.errors else 200)


def _done(request: HttpRequest, values: dict[str, float]) -> HttpResponse:
    assert isinstance(request.user, Person)
    changed = actions.set_factors(values, acting_person=request.user)
    text = _("The ranking is changed; it holds with the next search.") if changed else _("Nothing was changed.")
    messages.success(request, text)
    return redirect("search_ranking")
