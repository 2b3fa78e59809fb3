"""The console in the Wagtail admin: what is installed, what IT decided where, and changing it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.host import rules
from portal.host.models import Rule
from portal.host.registry import registry
from portal.people.models import Department, Person


class DepartmentChoice(forms.ModelChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        """Indented by its place in the tree."""
        return "\u2003" * (obj.depth - 1) + str(obj.name)


class RuleForm(forms.Form):
    plugin = forms.ChoiceField(label=gettext_lazy("Plugin"))
    department = DepartmentChoice(label=gettext_lazy("Department"), queryset=Department.objects.order_by("path"))
    state = forms.ChoiceField(label=gettext_lazy("State"), choices=Rule.State.choices)
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=300, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        plugin = self.fields["plugin"]
        assert isinstance(plugin, forms.ChoiceField)
        plugin.choices = [(p.slug, str(p.manifest.title)) for p in registry.all().values()]


def may_open(person: Person) -> bool:
    """Central IT, and local IT of any department."""
    return person.is_superuser or person.memberships.filter(is_local_it=True).exists()


def console(request: HttpRequest) -> HttpResponse:
    """Plugins with their state and the rules there are; the form sets one rule."""
    person = request.user
    assert isinstance(person, Person)
    if not may_open(person):
        raise PermissionDenied
    form = RuleForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            rules.set_rule(
                values["plugin"],
                values["department"],
                values["state"],
                acting_person=person,
                reason=values["reason"],
            )
        except (ValidationError, PermissionDenied) as error:
            form.add_error(None, error if isinstance(error, ValidationError) else str(error))
        else:
            messages.success(request, _("The rule holds now, in every process within a second."))
            return redirect("plugin_console")
    found = Rule.objects.select_related("department", "changed_by").order_by("plugin", "department__path")
    context = {"form": form, "plugins": registry.all().values(), "rules": found}
    return render(request, "host/console.html", context)
