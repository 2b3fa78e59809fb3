"""What could not be used of what a source sent: read, tried again or dropped."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from portal.ingestion import actions, fixing
from portal.ingestion.console.access import done, of_a_source, of_source, person_of
from portal.ingestion.models import RejectedItem, Source
from portal.paging import page_of
from portal.row_ids import row_id

PAGE = 50
OPEN = RejectedItem.State.OPEN


@require_http_methods(["GET", "HEAD", "POST"])
@of_a_source
def rejected(request: HttpRequest, source: Source) -> HttpResponse:
    """Those that are open, or all (`show=all`); a POST drops or tries again those chosen (`item`), or all open ones."""
    if request.method == "POST":
        return done(request, lambda: _in_bulk(request, source), then="source_rejected", slug=source.slug)
    show = request.GET.get("show", "")
    found = source.rejected_items.select_related("run").order_by("pk")
    found = found if show == "all" else found.filter(state=OPEN)
    page = page_of(request, found, PAGE)
    context = of_source(source, _("Rejected items"), "source_rejected", page=page, show=show)
    return render(request, "ingestion/rejected.html", context)


def _in_bulk(request: HttpRequest, source: Source) -> str:
    """Raises ValidationError without a choice."""
    items = _chosen(request, source)
    person = person_of(request)
    if "drop" in request.POST:
        count = actions.drop_rejected(items, source=source, acting_person=person)
        return ngettext("%(n)d item is dropped.", "%(n)d items are dropped.", count) % {"n": count}
    count = fixing.retry_rejected(items, source=source, acting_person=person)
    if not count:
        return _("There is nothing to try again: what they came with waits already, or is kept no longer.")
    text = ngettext("%(n)d delivery is read again.", "%(n)d deliveries are read again.", count)
    return text % {"n": count}


def _chosen(request: HttpRequest, source: Source) -> QuerySet[RejectedItem]:
    if "all" in request.POST:
        return source.rejected_items.all()
    ids = [number for pk in request.POST.getlist("item") if (number := row_id(pk)) is not None]
    if not ids:
        raise ValidationError(_("Choose items first."))
    return source.rejected_items.filter(pk__in=ids)
