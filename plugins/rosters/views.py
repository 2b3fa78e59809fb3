"""The roster: the reader's own week, a department's, who is on duty, and what is open."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from plugins.rosters import queries
from plugins.rosters.duties import day_in_words, next_in_words
from plugins.rosters.models import Shift
from plugins.rosters.team import team_week_of
from plugins.rosters.week import Week, duty_days_of
from portal.people.models import Department


@require_safe
def my_week(request: HttpRequest) -> HttpResponse:
    """`week` ("2026-W48") chooses; else this week. A `department` leads to its week, where it used to be."""
    if "department" in request.GET:
        return redirect(f"{reverse('rosters:team')}?{request.GET.urlencode()}")
    week, now = _week(request), timezone.now()
    shifts = queries.my_shifts(request.user, week)
    following = queries.my_next_shift(request.user, now)
    context = {
        "tabs": tabs_of("my_week", week),
        "days": duty_days_of(week, shifts),
        "next": following,
        "next_text": next_in_words(following, now) if following else "",
        "fresh": queries.fresh_for(shifts),
        **_weeks("my_week", week),
    }
    return render(request, "rosters/my_week_page.html", context)


@require_safe
def team(request: HttpRequest) -> HttpResponse:
    """The week of one department: `department` (a path), else the reader's primary one."""
    week, mine = _week(request), queries.departments_of(request.user)
    chosen = _chosen(request, mine)
    shifts = queries.team_shifts(request.user, week, chosen) if chosen else []
    context = {
        "tabs": tabs_of("team", week),
        "department": chosen,
        "chips": [{"label": d.name, "url": _url("team", week, d), "current": d == chosen} for d in mine],
        "roster": team_week_of(week, shifts),
        "fresh": queries.fresh_for(shifts),
        **_weeks("team", week, chosen),
    }
    return render(request, "rosters/team.html", context)


@require_safe
def on_duty(request: HttpRequest) -> HttpResponse:
    """Every department of whose shifts the reader may see some that run now or begin within a day."""
    now = timezone.now()
    shifts = queries.on_duty_shifts(Shift.objects.visible_to(request.user), now)
    context = {
        "tabs": tabs_of("on_duty"),
        "moment": f"{day_in_words(timezone.localtime(now))}, {timezone.localtime(now):%H:%M}",
        "desks": queries.desks_of(shifts, now),
        "fresh": queries.fresh_for(shifts),
    }
    return render(request, "rosters/on_duty.html", context)


@require_safe
def open_shifts(request: HttpRequest) -> HttpResponse:
    """What nobody works yet, and whom to ask. The rota system owns it: it is not taken over here."""
    groups = queries.open_shifts(request.user)
    shifts = [duty.shift for group in groups for duty in group.duties]
    context = {"tabs": tabs_of("open"), "groups": groups, "fresh": queries.fresh_for(shifts)}
    return render(request, "rosters/open.html", context)


def _week(request: HttpRequest) -> Week:
    return Week.read(request.GET.get("week", ""))


def tabs_of(current: str, week: Week | None = None) -> list[dict[str, Any]]:
    """The pages of the roster; from one week to another list the week stays."""
    labels = {"my_week": _("My week"), "team": _("My team"), "on_duty": _("On duty now"), "open": _("Open shifts")}
    kept = week if week and week != Week.of(timezone.localdate()) else None
    return [
        {
            "label": label,
            "url": _url(name, kept if name in ("my_week", "team") else None),
            "count": None,
            "current": name == current,
        }
        for name, label in labels.items()
    ]


def _weeks(name: str, week: Week, department: Department | None = None) -> dict[str, Any]:
    return {
        "week": week,
        "previous_url": _url(name, week.previous, department),
        "next_url": _url(name, week.next, department),
        "this_url": _url(name, None, department),
    }


def _chosen(request: HttpRequest, mine: list[Department]) -> Department | None:
    path = request.GET.get("department", "").strip("/")[:500]
    if not path:
        return mine[0] if mine else None
    return next((d for d in mine if d.url_path == path), None) or Department.objects.filter(url_path=path).first()


def _url(name: str, week: Week | None, department: Department | None = None) -> str:
    query = {"week": week.text} if week else {}
    if department:
        query["department"] = department.url_path
    address = reverse(f"rosters:{name}")
    return f"{address}?{urlencode(query)}" if query else address
