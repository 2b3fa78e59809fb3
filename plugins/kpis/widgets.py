"""The key figures of the reader's departments, on the start page."""

from __future__ import annotations

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _

from plugins.kpis.queries import kpis_for, rows_of, source_line
from portal.audience.access import access_of
from portal.host import Widget

SHOWN = 5


def key_figures(request: HttpRequest) -> str:
    """The nearest figures first: of the own departments, then of those above; "" if there are none."""
    access = access_of(request.user)
    around = {int(pk) for sort, _colon, pk in (t.partition(":") for t in access.tokens) if sort == "department"}
    found = kpis_for(request.user).filter(department__in=around).order_by("-department__depth", "title", "pk")
    rows = rows_of(found[:SHOWN])
    if not rows:
        return ""
    sources, read_at = source_line(rows)
    return render_to_string("kpis/widget.html", {"rows": rows, "sources": sources, "read_at": read_at})


widgets = [Widget("key-figures", _("Key figures"), key_figures, order=30)]
