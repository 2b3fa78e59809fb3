"""Changing rules in two steps: look at what it will do, then do it, if the numbers still hold."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.host import changes
from portal.host.changes import Change, Impact, NumbersChanged
from portal.host.console.access import departments_of, for_it, one_of
from portal.host.explain import explain_in
from portal.host.models import Rule
from portal.host.registry import Installed, registry
from portal.host.snapshot import FORCES
from portal.people.models import Department, Person

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

    def change(self, plugin: Installed, department: Department) -> Change:
        given = self.cleaned_data
        return Change(
            plugin.slug, department, given["state"], given["starts_at"], given["ends_at"], subtree=given["subtree"]
        )


@for_it
def change(request: HttpRequest) -> HttpResponse:
    """`?plugin=SLUG&department=ID`. Without `apply` a POST only shows what would happen."""
    person = request.user
    assert isinstance(person, Person)
    plugin, department = _asked(request, person)
    rule = Rule.objects.filter(plugin=plugin.slug, department=department).first()
    form = ChangeForm(person, request.POST or None, initial=_initial(rule))
    impact: Impact | None = None
    if request.method == "POST" and form.is_valid():
        wanted = form.change(plugin, department)
        try:
            if "apply" in request.POST:
                changes.apply(
                    [wanted],
                    acting_person=person,
                    reason=form.cleaned_data["reason"],
                    expected=request.POST.get("fingerprint") or "none",
                )
                messages.success(request, _("The rule holds now, in every process within a second."))
                return redirect(f"{reverse('plugin_matrix')}?department={department.pk}")
            impact = changes.check([wanted], acting_person=person)
        except NumbersChanged as error:
            form.add_error(None, error)
            impact = error.impact
        except (ValidationError, PermissionDenied) as error:
            form.add_error(None, error if isinstance(error, ValidationError) else str(error))
    title = _("%(plugin)s in %(department)s") % {"plugin": plugin.manifest.title, "department": department.name}
    context = {
        "header_title": title,
        "page_title": title,
        "header_icon": "cogs",
        "form": form,
        "impact": impact,
        "story": explain_in(plugin.slug, department),
        "plugin": plugin,
        "department": department,
    }
    return render(request, "host/change.html", context)


def _asked(request: HttpRequest, person: Person) -> tuple[Installed, Department]:
    """Raises Http404 for what does not exist or is not the person's."""
    plugin = registry.get(request.GET.get("plugin", ""))
    if plugin is None:
        raise Http404
    return plugin, one_of(departments_of(person), request.GET.get("department", ""))


def _initial(rule: Rule | None) -> dict[str, Any]:
    if rule is None:
        return {"state": Rule.State.INHERIT}
    return {"state": rule.state, "starts_at": rule.starts_at, "ends_at": rule.ends_at}
