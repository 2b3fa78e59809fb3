"""The reader's week and who is on duty, on the start page."""

from __future__ import annotations

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from plugins.rosters.models import Shift
from plugins.rosters.queries import my_shifts, on_duty_shifts
from plugins.rosters.slots import on_duty_html
from plugins.rosters.week import Week, days_of
from portal.audience.access import access_of
from portal.host import Widget
from portal.ingestion.freshness import sources_of


def my_week(request: HttpRequest) -> str:
    """Seven days from Monday; "" for whoever is on no roster."""
    week = Week.of(timezone.localdate())
    shifts = my_shifts(request.user, week)
    if not shifts and not Shift.objects.of(request.user).exists():
        return ""
    return render_to_string("rosters/my_week.html", {"days": days_of(week, shifts), "fresh": sources_of(shifts)})


def on_duty(request: HttpRequest) -> str:
    """Who works now in the reader's primary department, and who comes next."""
    shifts = Shift.objects.visible_to(request.user).filter(department=access_of(request.user).primary)
    found = on_duty_shifts(shifts, timezone.now())
    html = on_duty_html(request, found)
    return html + render_to_string("components/sources.html", {"fresh": sources_of(found)}) if html else ""


widgets = [
    Widget("my-week", _("My week"), my_week, order=10),
    Widget("on-duty", _("On duty now"), on_duty, order=40),
]
