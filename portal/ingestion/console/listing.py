"""All sources, with how each is doing; and one source."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from portal.audience.describe import describe
from portal.ingestion import adapters
from portal.ingestion.console.access import for_central_it, of_a_source, of_source, titled
from portal.ingestion.console.states import State, counts_in_words, next_runs, state_of
from portal.ingestion.models import Delivery, RejectedItem, Source, WriteBack
from portal.ingestion.reach import Role
from portal.ingestion.reports import source_facts
from portal.ingestion.sealing import is_lost
from portal.ingestion.transports import address
from portal.paging import page_of

PAGE = 50
LONG = 8  # from so many on the list can be searched
TROUBLE = (
    ~Q(last_error="")
    | Q(deliveries__state__in=(Delivery.State.FAILED, Delivery.State.HELD))
    | Q(rejected_items__state=RejectedItem.State.OPEN)
    | Q(write_backs__state=WriteBack.State.FAILED)
)


@dataclass(frozen=True)
class Row:
    """A source with what an operator needs of it."""

    source: Source
    state: State
    adapter: str
    facts: dict[str, Any]

    @property
    def last(self) -> str:
        """What the last run did."""
        run = self.facts["last_run"]
        return counts_in_words(run) if run else ""


@for_central_it
def sources(request: HttpRequest) -> HttpResponse:
    """All of them, found by name (`q`), or those that need somebody (`show=trouble`)."""
    asked, show = request.GET.get("q", "").replace("\x00", "").strip()[:100], request.GET.get("show", "")
    found = Source.objects.select_related("department").order_by("name", "slug")
    number = found.count()
    if asked:
        found = found.filter(Q(name__icontains=asked) | Q(slug__icontains=asked) | Q(adapter__icontains=asked))
    if show == "trouble":
        found = found.filter(pk__in=Source.objects.filter(TROUBLE).values("pk"))
    page = page_of(request, found, PAGE)
    context = titled(
        _("Sources"),
        rows=rows_of(list(page.object_list)),
        page=page,
        number=number,
        searched=bool(asked or show),
        searchable=number >= LONG or bool(asked or show),
        q=asked,
        show=show,
    )
    return render(request, "ingestion/sources.html", context)


def rows_of(listed: list[Source]) -> list[Row]:
    """Three queries, whatever the number."""
    ids = [source.pk for source in listed]
    facts = {one["slug"]: one for one in source_facts(Source.objects.filter(pk__in=ids))}
    return [_row(one, facts[one.slug]) for one in listed]


def _row(source: Source, facts: dict[str, Any]) -> Row:
    return Row(
        source, state_of(source, held=facts["held"], rejected=facts["rejected"]), adapter_title(source.adapter), facts
    )


def adapter_title(slug: str) -> str:
    known = adapters.every().get(slug)
    return str(known[0].title) if known else slug


@of_a_source
def source_page(request: HttpRequest, source: Source) -> HttpResponse:
    """One source: how it is doing, how it is set, and what can be done."""
    row, told = rows_of([source])[0], list(source.told.all())
    context = of_source(
        source,
        _("Overview"),
        "source_page",
        row=row,
        told=told,
        nobody_told=not any(person.is_active for person in told),
        audience=_reach_in_words(source),
        next_runs=next_runs(source.schedule) if not source.paused else [],
        webhook=request.build_absolute_uri(reverse("ingest", args=[source.slug])),
        has_token=bool(source.sealed_token),
        place=address.shown(source.pull_from),
        place_warning=address.warning(source.pull_from),
        token_lost=is_lost(source.sealed_token),
    )
    return render(request, "ingestion/source.html", context)


def _reach_in_words(source: Source) -> str:
    """Whom its items are for in truth: by the roles of the source, else by those its adapter has."""
    roles = source.roles if source.adapter in adapters.every() else source.audience_roles or [Role.SOURCE]
    words = [describe(source.audience_expression) if role == Role.SOURCE else str(Role(role).label) for role in roles]
    return "; ".join(words)
