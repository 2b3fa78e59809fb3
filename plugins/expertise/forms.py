from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from plugins.expertise.actions import LONGEST, MOST


class SkillsForm(forms.Form):
    skills = forms.CharField(
        label=_("You know about"),
        required=False,
        max_length=MOST * (LONGEST + 4),
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Topics with commas between them, such as: hand hygiene, ventilation, Swedish. "
                    "Every colleague can see them."),
    )  # fmt: skip

    def names(self) -> list[str]:
        lines = self.cleaned_data["skills"].replace("\n", ",").replace(";", ",")
        return [name for name in lines.split(",") if name.strip()]
