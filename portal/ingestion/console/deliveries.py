"""What a source has sent, and what is held until somebody has looked at it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db.models import Exists, OuterRef
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from portal.ingestion import actions
from portal.ingestion.console.access import done, of_a_source, of_source, person_of
from portal.ingestion.console.history import Line, first_refused
from portal.ingestion.console.trying import try_delivery
from portal.ingestion.models import Chunk, Delivery, Source
from portal.paging import page_of

PAGE = 25


@of_a_source
def deliveries(request: HttpRequest, source: Source) -> HttpResponse:
    """All of them, newest first."""
    body = Chunk.objects.filter(delivery=OuterRef("pk"), number=0)
    found = source.deliveries.annotate(is_kept=Exists(body)).order_by("-sent_at", "-pk")
    page = page_of(request, found, PAGE)
    context = of_source(source, _("Deliveries"), "source_deliveries", page=page)
    return render(request, "ingestion/deliveries.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@of_a_source
def delivery(request: HttpRequest, source: Source, receipt: UUID) -> HttpResponse:
    """One of them, with its runs. Of one that is held what it would change; `confirm` or `discard` decides."""
    one = source.deliveries.filter(receipt=receipt).first()
    if one is None:
        raise Http404
    if request.method == "POST":
        return done(request, lambda: _decided(request, one), then="source_deliveries", slug=source.slug)
    one.source = source
    runs = list(one.runs.order_by("-pk")[:PAGE])
    refused = first_refused([run.pk for run in runs])
    trial = try_delivery(one) if one.state == Delivery.State.HELD else None
    context: dict[str, Any] = {"delivery": one, "trial": trial, "lines": [Line(run, refused[run.pk]) for run in runs]}
    return render(request, "ingestion/delivery.html", of_source(source, _("Delivery"), "source_deliveries", **context))


def _decided(request: HttpRequest, delivery: Delivery) -> str:
    """Raises ValidationError for one that is held no longer, and without a decision."""
    if "confirm" in request.POST:
        actions.confirm_delivery(delivery, acting_person=person_of(request))
        return _("Confirmed: the worker applies it within seconds.")
    if "discard" in request.POST:
        actions.discard_delivery(delivery, acting_person=person_of(request))
        return _("It is not applied; what is there stays.")
    raise ValidationError(_("Confirm the delivery or discard it."))
