"""The roster inside other pages: a sentence of the start page, and a department's week."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _

from plugins.rosters.models import Shift
from plugins.rosters.week import Week, lines_of
from portal.people.models import Department


def briefing(request: HttpRequest) -> list[str]:
    """The shift the reader is on, or one that begins today."""
    now = timezone.now()
    mine = Shift.objects.visible_to(request.user).filter(person=request.user, all_day=False).standing()
    soon = mine.filter(ends_at__gt=now, starts_at__lt=now + timedelta(days=1)).for_lists().first()
    if soon is None:
        return []
    values = {"url": reverse("rosters:rosters"), "shift": _phrase(soon)}
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


def on_duty_html(request: HttpRequest, shifts: Sequence[Shift]) -> str:
    """People on duty and open shifts among those that run now; "" without any."""
    standing = [shift for shift in shifts if shift.stands]
    working = [shift for shift in standing if not shift.is_open]
    short = [shift for shift in standing if shift.is_open]
    if not standing:
        return ""
    rows = [
        {"shift": shift, "until": f"{shift.ends:%H:%M}", "me": shift.person_id == request.user.pk} for shift in working
    ]
    open_until = [{"title": shift.title, "until": f"{shift.ends:%H:%M}"} for shift in short]
    return render_to_string("rosters/partials/on_duty.html", {"rows": rows, "short": open_until})


def department_week(request: HttpRequest, department: Department) -> str:
    """Who is on duty, and the week as a table; "" for a department without a roster."""
    week, now = Week.of(timezone.localdate()), timezone.now()
    seen = Shift.objects.visible_to(request.user).filter(department=department)
    shifts = list(seen.around(week.monday, week.sunday).for_lists())
    lines = lines_of(week, shifts)
    if not lines:
        return ""
    running = [shift for shift in shifts if shift.starts_at <= now < shift.ends_at]
    context = {
        "week": week,
        "lines": lines,
        "department": department,
        "on_duty": on_duty_html(request, running),
    }
    return render_to_string("rosters/department.html", context)


slots = {"briefing": briefing, "department.page": department_week}
