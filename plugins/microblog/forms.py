from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from plugins.microblog.actions import SLUG
from plugins.microblog.models import Post
from portal.audience.access import access_of
from portal.host.settings import settings_for
from portal.people.models import Department, Person

_LANGUAGES = [("", _("As the text is written")), *settings.LANGUAGES]


def departments_of(person: Person) -> QuerySet[Department]:
    """Where the person may post, the primary department first."""
    return Department.objects.filter(memberships__person=person).order_by("-memberships__is_primary", "name")


class PostForm(forms.Form):
    text = forms.CharField(
        label=_("Text"),
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("Web addresses become links, words with # become topics."),
    )
    type = forms.ChoiceField(label=_("Type"), choices=Post.Type.choices, required=False)
    language = forms.ChoiceField(label=_("Language"), choices=_LANGUAGES, required=False)
    for_everyone = forms.BooleanField(label=_("Everyone may read it, also outside the department"), required=False)

    def __init__(self, longest: int, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["text"].widget.attrs["maxlength"] = longest  # publish_post and edit_post judge it

    def values(self) -> dict[str, Any]:
        """What publish_post and edit_post take; what was not chosen is left out."""
        given = dict(self.cleaned_data)
        return {name: value for name, value in given.items() if value != "" or name in ("text", "language")}


def longest_of(person: Person) -> int:
    """The longest post the person may write anywhere, in characters."""
    return max((settings_for(SLUG, pk).longest for pk in access_of(person).departments), default=0)


class NewPostForm(PostForm):
    for_everyone = forms.TypedChoiceField(
        label=_("Who may read it"),
        choices=[
            ("", _("As usual in the department")),
            ("no", _("Only the department, and what is below it")),
            ("yes", _("Everyone in the organisation")),
        ],
        coerce=lambda value: value == "yes",
        empty_value=None,
        required=False,
    )
    department = forms.ModelChoiceField(label=_("Department"), queryset=Department.objects.none())
    field_order = ["text", "type", "department", "language", "for_everyone"]

    def __init__(self, person: Person, *args: Any, **kwargs: Any) -> None:
        super().__init__(longest_of(person), *args, **kwargs)
        field = self.fields["department"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = departments_of(person)
        field.empty_label = None
        field.error_messages["invalid_choice"] = _("You can post only in departments you belong to.")
