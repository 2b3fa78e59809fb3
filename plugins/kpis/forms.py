"""Forms of the key figures' pages."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from plugins.kpis.describing import LONGEST_DEFINITION, LONGEST_NOTE
from plugins.kpis.items import DIGITS


class DefinitionForm(forms.Form):
    text = forms.CharField(
        label=_("What it measures, and how"),
        help_text=_("What is counted, in whom or what, from when to when, and what is left out. Empty withdraws it."),
        widget=forms.Textarea(attrs={"rows": 8}),
        max_length=LONGEST_DEFINITION,
        required=False,
    )


class NoteForm(forms.Form):
    text = forms.CharField(
        label=_("Note"),
        help_text=_("What explains this reading. Whoever sees the figure reads it, with your name. Empty removes it."),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=LONGEST_NOTE,
        required=False,
    )


class SubscriptionForm(forms.Form):
    """When to be told; numbers as the reader's language writes them."""

    bands = forms.BooleanField(label=_("it leaves its band, or is back on target"), required=False)
    above = forms.DecimalField(
        label=_("it rises above"), required=False, localize=True, max_digits=17, decimal_places=DIGITS
    )
    below = forms.DecimalField(
        label=_("it falls below"), required=False, localize=True, max_digits=17, decimal_places=DIGITS
    )

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if not self.errors and not cleaned["bands"] and cleaned["above"] is None and cleaned["below"] is None:
            raise forms.ValidationError(_("Say what you want to be told: another band, or a number."))
        return cleaned
