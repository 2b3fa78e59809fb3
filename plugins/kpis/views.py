"""Pages of the key figures."""

from __future__ import annotations

from datetime import timedelta
from itertools import groupby

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from plugins.kpis.chart import line_chart
from plugins.kpis.models import Kpi
from plugins.kpis.queries import kpis_for, row_of, rows_of
from portal.catalogue.access import readable_or_404
from portal.host import surfaces
from portal.ingestion.freshness import freshness
from portal.people.models import Department

PAGE = 100
HISTORY = timedelta(days=366)
MOST_READINGS = 400


@require_safe
def kpi_list(request: HttpRequest) -> HttpResponse:
    """All figures the person may read, by department; `department` narrows to one and what is below it."""
    entries = kpis_for(request.user)
    chosen = Department.objects.filter(url_path=request.GET.get("department", "").strip("/")[:500]).first()
    if chosen:
        entries = entries.in_department(chosen)
    page = Paginator(entries.order_by("department__path", "title", "pk"), PAGE).get_page(request.GET.get("page"))
    shown = list(page.object_list)
    pairs = zip((entry.department for entry in shown), rows_of(shown), strict=True)
    groups = [
        {"department": department, "rows": [row for _department, row in rows]}
        for department, rows in groupby(pairs, key=lambda pair: pair[0])
    ]
    return render(request, "kpis/kpi_list.html", {"groups": groups, "page": page, "chosen": chosen})


@require_safe
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One figure with its year, as a chart and as a table."""
    kpi = Kpi.objects.select_related("source", "owner").filter(pk=pk).first()
    if kpi is None:
        raise Http404
    entry = readable_or_404(request.user, kpi)
    newest = kpi.readings.order_by("-date")
    latest = newest.first()
    if latest is None:
        raise Http404
    readings = list(newest.filter(date__gt=latest.date - HISTORY)[:MOST_READINGS])
    fresh = freshness(kpi.source)
    context = {
        "kpi": kpi,
        "entry": entry,
        "row": row_of(entry, fresh),
        "fresh": fresh,
        "latest": latest,
        "readings": readings,
        "chart": line_chart(kpi, readings[::-1]),
        "below": surfaces.slot("entry.below", request, entry),
    }
    return render(request, "kpis/kpi.html", context)
