"""Changing rules in two steps: look at what it will do, then do it, if the numbers still hold.

One cell of the matrix or many: all are changed alike, together or not at all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from portal.host import changes
from portal.host.changes import Change, Impact, NumbersChanged
from portal.host.console.access import departments_of, for_it
from portal.host.console.matrix import source_of
from portal.host.explain import explain_in, origins
from portal.host.models import Rule
from portal.host.registry import Installed, registry
from portal.host.snapshot import FORCES
from portal.people.models import Department, Person
from portal.row_ids import row_id

MOST = 500  # cells at once; a page of the matrix has 50 departments

STATES = [
    (Rule.State.ON, gettext_lazy("On here and below, unless ruled otherwise there")),
    (Rule.State.OFF, gettext_lazy("Off here and below, unless ruled otherwise there. Nothing is deleted.")),
    (Rule.State.INHERIT, gettext_lazy("As above: this department has no rule of its own")),
    (Rule.State.FORCED_ON, gettext_lazy("Locked on: nobody below can switch it off")),
    (Rule.State.FORCED_OFF, gettext_lazy("Locked off: nobody below can switch it on")),
]


def _moment(label: Any) -> forms.DateTimeField:
    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    return forms.DateTimeField(label=label, required=False, widget=widget)


class ChangeForm(forms.Form):
    state = forms.ChoiceField(label=gettext_lazy("What shall hold"), choices=STATES, widget=forms.RadioSelect)
    starts_at = _moment(gettext_lazy("From"))
    ends_at = _moment(gettext_lazy("Until"))
    subtree = forms.BooleanField(label=gettext_lazy("Also take away the rules of departments below"), required=False)
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=changes.REASON_LENGTH,
        required=False,
        help_text=gettext_lazy("For those who read the history later."),
    )

    def __init__(self, person: Person, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not person.is_superuser:
            field = self.fields["state"]
            assert isinstance(field, forms.ChoiceField)
            field.choices = [(state, label) for state, label in STATES if state not in FORCES]
            field.help_text = _("Only central IT can lock.")

    def changes(self, cells: list[Chosen]) -> list[Change]:
        given = self.cleaned_data
        times = (given["starts_at"], given["ends_at"])
        return [
            Change(cell.plugin.slug, cell.department, given["state"], *times, subtree=given["subtree"])
            for cell in cells
        ]


@dataclass(frozen=True)
class Chosen:
    """A plugin in a department, as cells of the matrix name them: "slug:department id"."""

    plugin: Installed
    department: Department

    @property
    def key(self) -> str:
        return f"{self.plugin.slug}:{self.department.pk}"


@for_it
def change(request: HttpRequest) -> HttpResponse:
    """`cell=SLUG:DEPARTMENT`, once or more. Without `apply` a POST only shows what would happen."""
    person = request.user
    assert isinstance(person, Person)
    keys = list(dict.fromkeys(request.POST.getlist("cell") or request.GET.getlist("cell")))
    if not 0 < len(keys) <= MOST:
        told = _("Choose at most %(most)s places at once.") if keys else _("Choose where to change something first.")
        messages.warning(request, told % {"most": MOST} if keys else told)
        return redirect("plugin_matrix")
    cells = _chosen(keys, person)
    asked = {"preview", "apply"} & request.POST.keys()
    form = ChangeForm(person, request.POST if asked else None, initial=_initial(cells))
    impact: Impact | None = None
    if asked and form.is_valid():
        wanted = form.changes(cells)
        try:
            if "apply" in asked:
                changes.apply(
                    wanted,
                    acting_person=person,
                    reason=form.cleaned_data["reason"],
                    expected=request.POST.get("fingerprint") or "none",
                )
                messages.success(request, _("What you chose holds now, in every process within a second."))
                return redirect(f"{reverse('plugin_matrix')}?department={cells[0].department.pk}")
            impact = changes.check(wanted, acting_person=person)
        except NumbersChanged as error:
            form.add_error(None, error)
            impact = error.impact
        except (ValidationError, PermissionDenied) as error:
            form.add_error(None, error if isinstance(error, ValidationError) else str(error))
    title = _title(cells)
    context = {
        "header_title": title,
        "page_title": title,
        "header_icon": "cogs",
        "form": form,
        "impact": impact,
        "cells": cells,
        "story": explain_in(cells[0].plugin.slug, cells[0].department) if len(cells) == 1 else None,
        "now": _now(cells) if len(cells) > 1 else [],
    }
    return render(request, "host/change.html", context)


def _chosen(keys: list[str], person: Person) -> list[Chosen]:
    """Raises Http404 for what does not exist or is not the person's. One query, whatever the number."""
    pairs = [key.partition(":")[::2] for key in keys]
    numbers = {number for _slug, pk in pairs if (number := row_id(pk)) is not None}
    mine = {str(each.pk): each for each in departments_of(person).filter(pk__in=numbers)}
    found = []
    for slug, pk in pairs:
        plugin, department = registry.get(slug), mine.get(pk)
        if plugin is None or department is None:
            raise Http404
        found.append(Chosen(plugin, department))
    return found


def _title(cells: list[Chosen]) -> str:
    if len(cells) == 1:
        names = {"plugin": cells[0].plugin.manifest.title, "department": cells[0].department.name}
        return _("%(plugin)s in %(department)s") % names
    return ngettext("%(number)s place", "%(number)s places at once", len(cells)) % {"number": len(cells)}


def _now(cells: list[Chosen]) -> list[tuple[Chosen, str, str]]:
    """(cell, on or off, where that comes from) as things are."""
    departments = {cell.department.pk: cell.department for cell in cells}
    found = origins(list(departments.values()), list({cell.plugin.slug for cell in cells}))
    return [
        (cell, _("on") if origin.on else _("off"), source_of(origin, cell.department))
        for cell in cells
        for origin in [found[cell.plugin.slug, cell.department.pk]]
    ]


def _initial(cells: list[Chosen]) -> dict[str, Any]:
    """The rule there is; where many are changed alike, nothing is chosen before."""
    if len(cells) > 1:
        return {}
    rule = Rule.objects.filter(plugin=cells[0].plugin.slug, department=cells[0].department).first()
    if rule is None:
        return {"state": Rule.State.INHERIT}
    return {"state": rule.state, "starts_at": rule.starts_at, "ends_at": rule.ends_at}
