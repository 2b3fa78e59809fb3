from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from plugins.microblog.actions import LONGEST
from plugins.microblog.models import Post
from portal.people.models import Department, Person


def departments_of(person: Person) -> QuerySet[Department]:
    """Where the person may post, the primary department first."""
    return Department.objects.filter(memberships__person=person).order_by("-memberships__is_primary", "name")


class PostForm(forms.Form):
    text = forms.CharField(
        label=_("Text"),
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("Web addresses become links, words with # become topics."),
    )
    type = forms.ChoiceField(label=_("Type"), choices=Post.Type.choices, required=False)
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES, required=False)
    for_everyone = forms.BooleanField(label=_("Everyone may read it, also outside the department"), required=False)

    def values(self) -> dict[str, Any]:
        """What publish_post and edit_post take; what was not chosen is left out."""
        given = dict(self.cleaned_data)
        return {name: value for name, value in given.items() if value != "" or name == "text"}


class NewPostForm(PostForm):
    department = forms.ModelChoiceField(label=_("Department"), queryset=Department.objects.none())
    field_order = ["text", "type", "department", "language", "for_everyone"]

    def __init__(self, person: Person, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["department"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = departments_of(person)
        field.empty_label = None
        field.error_messages["invalid_choice"] = _("You can post only in departments you belong to.")
