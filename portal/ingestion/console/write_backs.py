"""What people did here that a source's system has to hear of: what waits, what it took and what it did not."""

from __future__ import annotations

from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from portal.ingestion import write_back
from portal.ingestion.console.access import done, of_a_source, of_source, person_of
from portal.ingestion.models import Source, WriteBack
from portal.paging import page_of
from portal.row_ids import row_id

PAGE = 50
OPEN = (WriteBack.State.WAITING, WriteBack.State.SENDING, WriteBack.State.FAILED)


@dataclass(frozen=True)
class Line:
    """`label`: what was done, in words. What was written along is the person's, and not shown."""

    one: WriteBack
    label: str

    @property
    def may_retry(self) -> bool:
        return self.one.state == WriteBack.State.FAILED


@require_http_methods(["GET", "HEAD", "POST"])
@of_a_source
def write_backs(request: HttpRequest, source: Source) -> HttpResponse:
    """What is not settled, or all (`show=all`), newest first; a POST tries one again or takes it back."""
    if request.method == "POST":
        return done(request, lambda: _changed(request, source), then="source_write_backs", slug=source.slug)
    show = request.GET.get("show", "")
    found = source.write_backs.select_related("person").order_by("-pk")
    page = page_of(request, found if show == "all" else found.filter(state__in=OPEN), PAGE)
    labels = {slug: str(operation.label) for slug, operation in source.operations.items()}
    lines = [Line(one, labels.get(one.operation, one.operation)) for one in page.object_list]
    context = of_source(source, _("Sent back"), "source_write_backs", page=page, lines=lines, show=show)
    return render(request, "ingestion/write_backs.html", context)


def _changed(request: HttpRequest, source: Source) -> str:
    """Raises ValidationError for one that is not there, and where it is too late."""
    for name, act, said in (
        ("retry", write_back.retry, _("The worker tries it again within seconds.")),
        ("withdraw", write_back.withdraw, _("It is taken back and will not be sent.")),
    ):
        if number := request.POST.get(name, ""):
            act(_found(source, number), acting_person=person_of(request))
            return said
    raise ValidationError(_("Choose what to try again or to take back."))


def _found(source: Source, number: str) -> WriteBack:
    pk = row_id(number)
    found = source.write_backs.filter(pk=pk).first() if pk is not None else None
    if found is None:
        raise ValidationError(_("It is no longer there."))
    return found
