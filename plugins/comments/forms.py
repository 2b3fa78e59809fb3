from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from plugins.comments.actions import longest_on
from plugins.comments.models import Comment
from portal.catalogue.models import Entry


class CommentForm(forms.Form):
    text = forms.CharField(label=_("Your comment"), widget=forms.Textarea(attrs={"rows": 4}))

    def __init__(self, subject: Entry, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["text"].widget.attrs["maxlength"] = longest_on(subject)  # add_comment and edit_comment judge it


class NewCommentForm(CommentForm):
    parent = forms.IntegerField(required=False, widget=forms.HiddenInput, min_value=1, max_value=2**63 - 1)

    def answered(self) -> Comment | None:
        """The comment that is answered; an unknown number is told like one that is gone."""
        number = self.cleaned_data.get("parent")
        if not number:
            return None
        return Comment.objects.select_related("parent").filter(pk=number).first() or Comment(deleted=True)
