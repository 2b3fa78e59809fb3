"""What a source has sent, and what is held until somebody has looked at it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.db.models import Exists, OuterRef
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from portal.ingestion.console.access import of_a_source, of_source
from portal.ingestion.console.history import Line, first_refused
from portal.ingestion.models import Chunk, Source

PAGE = 25


@of_a_source
def deliveries(request: HttpRequest, source: Source) -> HttpResponse:
    """All of them, newest first."""
    body = Chunk.objects.filter(delivery=OuterRef("pk"), number=0)
    found = source.deliveries.annotate(is_kept=Exists(body)).order_by("-sent_at", "-pk")
    page = Paginator(found, PAGE).get_page(request.GET.get("p"))
    context = of_source(source, _("Deliveries"), "source_deliveries", page=page)
    return render(request, "ingestion/deliveries.html", context)


@require_http_methods(["GET", "HEAD"])
@of_a_source
def delivery(request: HttpRequest, source: Source, receipt: UUID) -> HttpResponse:
    """One of them, with its runs."""
    one = source.deliveries.filter(receipt=receipt).first()
    if one is None:
        raise Http404
    runs = list(one.runs.order_by("-pk")[:PAGE])
    refused = first_refused([run.pk for run in runs])
    context: dict[str, Any] = {"delivery": one, "lines": [Line(run, refused[run.pk]) for run in runs]}
    return render(request, "ingestion/delivery.html", of_source(source, _("Delivery"), "source_deliveries", **context))
