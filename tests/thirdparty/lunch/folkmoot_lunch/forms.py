from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from portal.people.models import Department, Person

from folkmoot_lunch.actions import LONGEST


class MenuForm(forms.Form):
    # Browsers take the day of such a field in one form only, whatever the language.
    day = forms.DateField(
        label=_("Day"), widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}), initial=timezone.localdate
    )
    dishes = forms.CharField(
        label=_("Dishes"), max_length=LONGEST, widget=forms.Textarea(attrs={"rows": 6}), help_text=_("One a line.")
    )
    department = forms.ModelChoiceField(label=_("Department"), queryset=Department.objects.none(), empty_label=None)

    def __init__(self, person: Person, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        mine = Department.objects.filter(memberships__person=person)
        self.fields["department"].queryset = mine.order_by("-memberships__is_primary", "name")
