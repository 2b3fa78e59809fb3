"""The roster inside other pages: a sentence of the start page, and a department's week."""

from __future__ import annotations

from collections.abc import Sequence

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _

from plugins.rosters.models import Shift
from plugins.rosters.queries import SOON, desks_of, team_shifts
from plugins.rosters.team import team_week_of
from plugins.rosters.week import Week
from portal.ingestion.freshness import sources_of
from portal.people.models import Department


def briefing(request: HttpRequest) -> list[str]:
    """The shift the reader is on, or one that begins today."""
    now = timezone.now()
    mine = Shift.objects.of(request.user).standing().filter(all_day=False)
    soon = mine.running(now, now + SOON).for_lists().first()
    if soon is None:
        return []
    values = {"url": reverse("rosters:my_week"), "shift": _phrase(soon)}
    if soon.starts_at <= now:
        text = _('You are on <a href="{url}">{shift}</a> until {time}.')
        return [format_html(text, time=_clock(soon.ends), **values)]
    if soon.starts.date() != now.astimezone(soon.starts.tzinfo).date():
        return []
    text = _('You are on <a href="{url}">{shift}</a> from {time}.')
    return [format_html(text, time=_clock(soon.starts), **values)]


def _phrase(shift: Shift) -> str:
    said = {"department": shift.department.name}
    return {
        "day": _("day shift in %(department)s"),
        "late": _("late shift in %(department)s"),
        "night": _("night shift in %(department)s"),
    }.get(shift.kind, _("shift in %(department)s")) % said


def _clock(moment: object) -> str:
    return format_html('<time datetime="{}">{}</time>', moment.isoformat(), f"{moment:%H:%M}")  # type: ignore[attr-defined]


def on_duty_html(request: HttpRequest, shifts: Sequence[Shift], *, named: bool = False) -> str:
    """Who is on duty, until when, who comes next, of those of `queries.on_duty_shifts`; "" without any.

    `named`: each department under its name.
    """
    desks = desks_of(shifts, timezone.now())
    if not desks:
        return ""
    return render_to_string("rosters/partials/desks.html", {"desks": desks, "me": request.user.pk, "named": named})


def department_week(request: HttpRequest, department: Department) -> str:
    """Who is on duty, and the week; "" for a department without a roster. One query."""
    week, now = Week.of(timezone.localdate()), timezone.now()
    shifts = team_shifts(request.user, week, department)
    roster = team_week_of(week, shifts)
    if not roster:
        return ""
    soon = [shift for shift in shifts if shift.starts_at <= now + SOON]
    context = {
        "week": week,
        "roster": roster,
        "department": department,
        "on_duty": on_duty_html(request, soon),
        "fresh": sources_of(shifts),
    }
    return render_to_string("rosters/department.html", context)


slots = {"briefing": briefing, "department.page": department_week}
