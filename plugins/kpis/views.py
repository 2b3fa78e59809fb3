"""Pages of the key figures, for reading."""

from __future__ import annotations

from itertools import groupby
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from plugins.kpis.bands import number
from plugins.kpis.cards import aim_of
from plugins.kpis.chart import line_chart, shortened
from plugins.kpis.comparing import comparisons
from plugins.kpis.describing import may_describe
from plugins.kpis.forms import SubscriptionForm
from plugins.kpis.history import DEFAULT, PERIODS, history_of, since
from plugins.kpis.models import Kpi, Reading, Subscription
from plugins.kpis.queries import STATES, in_state, kpi_or_404, kpis_for, row_of, rows_of
from plugins.kpis.table import table_rows
from portal.catalogue.access import readable_or_404
from portal.host import surfaces
from portal.ingestion.freshness import freshness
from portal.people.models import Department

PAGE = 100
TABLE = 50


@require_safe
def kpi_list(request: HttpRequest) -> HttpResponse:
    """All figures the person may read, by department.

    `department` narrows to one and what is below it, `state` to those that stand so.
    """
    entries, asked = kpis_for(request.user), {}
    departments = Department.objects.filter(pk__in=entries.order_by().values("department")).order_by("path")
    chosen = Department.objects.filter(url_path=request.GET.get("department", "").strip("/")[:500]).first()
    if chosen:
        entries, asked["department"] = entries.in_department(chosen), chosen.url_path
    state = request.GET.get("state", "")
    if state in STATES:
        entries, asked["state"] = in_state(entries, state), state
    page = Paginator(entries.order_by("department__path", "title", "pk"), PAGE).get_page(request.GET.get("page"))
    shown = list(page.object_list)
    pairs = zip((entry.department for entry in shown), rows_of(shown), strict=True)
    groups = [
        {"department": department, "rows": [row for _department, row in rows]}
        for department, rows in groupby(pairs, key=lambda pair: pair[0])
    ]
    context = {"groups": groups, "page": page, "chosen": chosen, "departments": list(departments)}
    return render(request, "kpis/kpi_list.html", context | {"asked": asked, "states": _states(asked)})


def _states(asked: dict[str, str]) -> list[dict[str, object]]:
    """The states as links that keep the department."""
    words = {"": _("All"), "bad": _("Bad"), "warn": _("Near target"), "ok": _("On target"), "stale": _("Late")}
    links = []
    for state, label in words.items():
        query = urlencode({name: value for name, value in {**asked, "state": state}.items() if value})
        links.append({"label": label, "url": f"?{query}", "current": asked.get("state", "") == state})
    return links


@require_safe
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One figure: how it stands, what it means, its history as a chart and as a table. `period` is one of PERIODS."""
    kpi = kpi_or_404(pk)
    entry = readable_or_404(request.user, kpi)
    latest = kpi.readings.select_related("own_note__author").order_by("-date").first()
    if latest is None:
        raise Http404
    fresh, aim = freshness(kpi.source), aim_of(kpi, latest)
    subscription = Subscription.objects.filter(kpi=kpi, person=request.user).first()
    context = {
        "kpi": kpi,
        "entry": entry,
        "row": row_of(entry, fresh),
        "fresh": fresh,
        "latest": latest,
        "aim": aim,
        "demands": aim.demands(kpi.unit),
        "comparisons": comparisons(kpi, latest),
        "may_describe": may_describe(request.user, kpi, entry),
        "definitions": list(kpi.definitions.select_related("author").newest()[:20]),
        "subscription": subscription,
        "form": subscription_form(subscription),
        "below": surfaces.slot("entry.below", request, entry),
        **_history(request, kpi, latest),
    }
    return render(request, "kpis/kpi.html", context)


def subscription_form(subscription: Subscription | None) -> SubscriptionForm:
    """As the person has it, or as it is proposed."""
    if subscription is None:
        return SubscriptionForm(initial={"bands": True})
    limits = {"above": number(subscription.above), "below": number(subscription.below)}
    return SubscriptionForm(initial={"bands": subscription.bands, **limits})


def _history(request: HttpRequest, kpi: Kpi, latest: Reading) -> dict[str, object]:
    """The chosen period, drawn whole, and a page of it as a table."""
    chosen = request.GET.get("period", "")
    period = chosen if chosen in PERIODS else DEFAULT
    after = since(period, latest.date)
    history = history_of(kpi, after)
    readings = kpi.readings.select_related("own_note__author").order_by("-date")
    if after is not None:
        readings = readings.filter(date__gt=after)
    page = Paginator(readings, TABLE).get_page(request.GET.get("page"))
    return {
        "period": period,
        "periods": [
            {"label": label, "url": f"?period={name}#history", "count": None, "current": name == period}
            for name, (label, _span) in PERIODS.items()
        ],
        "chart": line_chart(kpi, history),
        "shortened": shortened(history),
        "page": page,
        "rows": table_rows(kpi, page),
        "table_open": "page" in request.GET,
    }
