"""What a source has done: its runs, and the fetches that brought nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import F, Window
from django.db.models.functions import RowNumber
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from portal.ingestion.console.access import of_a_source, of_source
from portal.ingestion.console.states import counts_in_words, duration_of, in_time
from portal.ingestion.models import Fetch, RejectedItem, Run, Source
from portal.paging import page_of

PAGE = 25
FIRST = 3


@dataclass(frozen=True)
class Line:
    """A run with the first of what it refused."""

    run: Run
    refused: list[RejectedItem]

    @property
    def counts(self) -> str:
        return counts_in_words(self.run.counts)

    @property
    def duration(self) -> str:
        return duration_of(self.run)


@dataclass(frozen=True)
class FetchLine:
    """A fetch that failed, or several in a row that found nothing new."""

    fetch: Fetch

    @property
    def duration(self) -> str:
        seconds = self.fetch.duration
        return "" if seconds is None else in_time(seconds)


@of_a_source
def history(request: HttpRequest, source: Source) -> HttpResponse:
    """Its runs, newest first; before them, on the first page, the newest fetches that brought nothing."""
    page = page_of(request, source.runs.select_related("delivery").order_by("-pk"), PAGE)
    runs = list(page.object_list)
    refused = first_refused([run.pk for run in runs])
    lines = [Line(run, refused[run.pk]) for run in runs]
    fetches = [FetchLine(one) for one in source.fetches.all()[:PAGE]] if page.number == 1 else []
    context = of_source(source, _("History"), "source_history", page=page, lines=lines, fetches=fetches)
    return render(request, "ingestion/history.html", context)


def first_refused(runs: Collection[int]) -> dict[int, list[RejectedItem]]:
    """Run id -> the first items that it was the last to refuse. One query."""
    place = Window(RowNumber(), partition_by=F("run_id"), order_by=F("pk").asc())
    rows = RejectedItem.objects.filter(run__in=runs).annotate(place=place).filter(place__lte=FIRST)
    found: dict[int, list[RejectedItem]] = defaultdict(list)
    for row in rows.defer("raw").order_by("pk"):
        found[row.run_id].append(row)
    return found
