"""The secret that pushes are signed with: shown once, when it is made."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from portal.ingestion import actions
from portal.ingestion.console.access import of_a_source, of_source, person_of
from portal.ingestion.models import Source
from portal.ingestion.sealing import is_lost

CHANGES = {"rotate": actions.rotate_secret, "reset": actions.reset_secret}


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@of_a_source
def secret(request: HttpRequest, source: Source) -> HttpResponse:
    """A new secret: `change` is rotate or reset, and `sure` confirms it. The answer is the only place that tells it."""
    change = request.POST.get("change", "")
    if request.method == "POST" and change in CHANGES:
        if not request.POST.get("sure"):
            return _page(request, source, asked=change, status=422)
        try:
            new = CHANGES[change](source, acting_person=person_of(request))
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
            return _page(request, source, status=422)
        return shown(request, source, new, created=False)
    return _page(request, source)


def _page(request: HttpRequest, source: Source, *, asked: str = "", status: int = 200) -> HttpResponse:
    context = of_source(source, _("Push secret"), "source_secret", asked=asked, webhook=webhook_of(request, source))
    context["lost"] = is_lost(source.sealed_secrets)
    return render(request, "ingestion/secret.html", context, status=status)


def shown(request: HttpRequest, source: Source, secret: str, *, created: bool) -> HttpResponse:
    """The page with a new secret, which is never shown again. For views that no cache keeps."""
    title = _("Push secret")
    context = of_source(
        source, title, "source_secret", secret=secret, created=created, webhook=webhook_of(request, source)
    )
    return render(request, "ingestion/secret_shown.html", context)


def webhook_of(request: HttpRequest, source: Source) -> str:
    return request.build_absolute_uri(reverse("ingest", args=[source.slug]))
