"""The readings of a figure as a file."""

from __future__ import annotations

import csv
from collections.abc import Iterator

from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.views.decorators.http import require_safe

from plugins.kpis.models import Kpi
from plugins.kpis.queries import kpi_or_404
from portal.catalogue.access import readable_or_404


@require_safe
def readings_csv(request: HttpRequest, pk: int) -> HttpResponseBase:
    """All readings of a figure, newest first, to whoever may read it. Days are ISO 8601, numbers have a point."""
    kpi = kpi_or_404(pk)
    readable_or_404(request.user, kpi)
    response = StreamingHttpResponse(_csv(kpi), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="key-figure-{kpi.pk}.csv"'
    return response


class _Line:
    """A file of which each line is handed on."""

    def write(self, line: str) -> str:
        return line


def _csv(kpi: Kpi) -> Iterator[str]:
    writer = csv.writer(_Line())
    yield writer.writerow(
        ["name", "date", "value", "unit", "target", "lower", "upper", "note", "added_note", "missing"]
    )
    name, unit = inert(kpi.name), inert(kpi.unit)
    columns = ("date", "value", "target", "lower", "upper", "note", "own_note__text", "missing_since")
    rows = kpi.readings.order_by("-date").values_list(*columns)
    for day, value, target, lower, upper, note, own, missing in rows.iterator(chunk_size=2000):
        gone = "yes" if missing else ""
        yield writer.writerow(
            [name, day.isoformat(), value, unit, target, lower, upper, inert(note), inert(own or ""), gone]
        )


def inert(text: str) -> str:
    """A cell that no spreadsheet takes for a formula: what begins one stands behind an apostrophe (OWASP, CSV
    Injection)."""
    return f"'{text}" if text[:1] in {"=", "+", "-", "@", "\t", "\r", "\n"} else text
