"""The roster: the reader's own week, and a department's."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from plugins.rosters.models import Shift
from plugins.rosters.week import Week, days_of, lines_of
from portal.ingestion.freshness import freshness_of
from portal.people.models import Department


@require_safe
def rosters(request: HttpRequest) -> HttpResponse:
    """`week` ("2026-W48") and `department` (a path) choose; else this week and the primary one."""
    week = Week.read(request.GET.get("week", ""))
    mine = list(
        Department.objects.filter(memberships__person=request.user).order_by("-memberships__is_primary", "name")
    )
    chosen = _chosen(request, mine)
    seen = Shift.objects.visible_to(request.user).around(week.monday, week.sunday).for_lists()
    shifts = list(seen.filter(department=chosen)) if chosen else []
    fresh = freshness_of({shift.source_id for shift in shifts}) if shifts else {}
    context = {
        "week": week,
        "my_days": days_of(week, seen.filter(person=request.user)),
        "department": chosen,
        "chips": [{"label": d.name, "url": _url(week, d), "current": d == chosen} for d in mine],
        "lines": lines_of(week, shifts),
        "previous_url": _url(week.previous, chosen),
        "next_url": _url(week.next, chosen),
        "this_url": _url(None, chosen),
        "fresh": sorted(fresh.values(), key=lambda one: one.source),
    }
    return render(request, "rosters/rosters.html", context)


def _chosen(request: HttpRequest, mine: list[Department]) -> Department | None:
    path = request.GET.get("department", "").strip("/")[:500]
    if not path:
        return mine[0] if mine else None
    return next((d for d in mine if d.url_path == path), None) or Department.objects.filter(url_path=path).first()


def _url(week: Week | None, department: Department | None) -> str:
    query = {"week": week.text} if week else {}
    if department:
        query["department"] = department.url_path
    return f"{reverse('rosters:rosters')}?{urlencode(query)}"
