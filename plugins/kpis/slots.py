"""Key figures on a department's page."""

from __future__ import annotations

from django.http import HttpRequest
from django.template.loader import render_to_string

from plugins.kpis.queries import kpis_for, rows_of
from portal.people.models import Department

SHOWN = 8


def of_department(request: HttpRequest, department: Department) -> str:
    rows = rows_of(kpis_for(request.user).filter(department=department).order_by("title", "pk")[:SHOWN])
    if not rows:
        return ""
    return render_to_string("kpis/department.html", {"rows": rows, "department": department})


slots = {"department.page": of_department}
