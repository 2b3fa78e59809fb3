"""The page that tries a saved source."""

from __future__ import annotations

import copy

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from portal.ingestion.console.access import of_a_source, of_source
from portal.ingestion.console.trying import SECONDS, try_out
from portal.ingestion.models import Source


class UploadForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("A file instead"),
        required=False,
        help_text=gettext_lazy("To try what was not delivered yet. It is read and thrown away."),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@of_a_source
def test(request: HttpRequest, source: Source) -> HttpResponse:
    """A POST fetches, or takes the file, and shows what would change."""
    form, trial = UploadForm(), None
    if request.method == "POST":
        form = UploadForm(request.POST, request.FILES)
        if form.is_valid():
            trial = try_out(copy.copy(source), form.cleaned_data.get("file"))
    context = of_source(source, _("Test"), "source_test", form=form, trial=trial, seconds=SECONDS)
    return render(request, "ingestion/test.html", context)
