"""The page that takes back everything from a source: first what that is, then the source's short name as a yes."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from portal.ingestion import withdrawing
from portal.ingestion.console.access import of_a_source, of_source, person_of
from portal.ingestion.models import Source


@require_http_methods(["GET", "HEAD", "POST"])
@of_a_source
def withdraw(request: HttpRequest, source: Source) -> HttpResponse:
    """`sure` is the short name of the source."""
    problem = ""
    if request.method == "POST":
        problem = _withdrawn(request, source)
        if not problem:
            return redirect("source_page", slug=source.slug)
    context = of_source(source, _("Withdraw everything"), "", look=withdrawing.look(source), problem=problem)
    return render(request, "ingestion/withdraw.html", context, status=422 if problem else 200)


def _withdrawn(request: HttpRequest, source: Source) -> str:
    """What is in the way; "" if it is done."""
    if request.POST.get("sure", "").strip() != source.slug:
        return _("Nothing was withdrawn: write “%(slug)s” to confirm.") % {"slug": source.slug}
    try:
        withdrawing.withdraw(source, acting_person=person_of(request))
    except ValidationError as error:
        return " ".join(error.messages)
    messages.success(request, _("Everything from %(source)s is withdrawn, and it is paused.") % {"source": source.name})
    return ""
