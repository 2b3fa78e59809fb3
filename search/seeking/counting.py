"""The job of the night: what was sought on the days that are over becomes figures, or is forgotten."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby, islice

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from search.seeking.conf import KEPT_DAYS, people_needed
from search.seeking.models import Figure, Measure, Round, Sought, Tally
from search.seeking.rounds import begin, key_for

_AT_ONCE = 500  # cells
_Name = tuple[int, str, str, str]  # round, phrase, language, measure


@dataclass(frozen=True)
class _Cell:
    """One measure of one phrase on one day: a row was written for each person, so `people` is exact."""

    name: _Name
    day: date
    people: int
    seats: int
    positions: int


@transaction.atomic
def count_days() -> None:
    """Counts all days before today and deletes what they were counted from. Safe to run again, or late."""
    today = timezone.localdate()
    needed = people_needed()
    begin(today)
    rounds = [found.pk for found in Round.objects.all() if needed and key_for(found)]
    rows = Sought.objects.filter(day__lt=today, round_id__in=rounds)
    cells = _cells(rows.order_by("day", "round_id", "phrase", "language").iterator())
    while batch := list(islice(cells, _AT_ONCE)):
        _take_over(batch, needed)
    Sought.objects.filter(Q(day__lt=today) | ~Q(round_id__in=rounds)).delete()
    _forget(today, keep_tallies_of=rounds)


def _forget(today: date, *, keep_tallies_of: list[int]) -> None:
    """Deletes keys that are not needed any more, what never reached enough people, and figures that are too old."""
    Tally.objects.exclude(round__in=keep_tallies_of).delete()
    Round.objects.filter(month__lt=today.replace(day=1)).delete()  # and with them their tallies
    Figure.objects.filter(last_day__lt=today - timedelta(days=KEPT_DAYS)).delete()


def _cells(rows: Iterable[Sought]) -> Iterator[_Cell]:
    for (day, round_id, phrase, language), group in groupby(
        rows, key=lambda row: (row.day, row.round_id, row.phrase, row.language)
    ):
        by_measure: dict[str, list[Sought]] = {}
        for row in group:
            for measure in _measures(row):
                by_measure.setdefault(measure, []).append(row)
        for measure, those in by_measure.items():
            yield _Cell(
                name=(round_id, phrase, language, measure),
                day=day,
                people=len(those),
                seats=sum({1 << row.seat for row in those}),
                positions=sum(row.position or 0 for row in those) if measure == Measure.CLICKED else 0,
            )


def _measures(row: Sought) -> Iterator[str]:
    yield Measure.SOUGHT
    if row.nothing:
        yield Measure.NOTHING
    elif row.position is not None:
        yield Measure.CLICKED
    elif row.clickable:
        yield Measure.UNCLICKED


def _take_over(cells: list[_Cell], needed: int) -> None:
    """Adds the cells to their tallies; each that holds enough people then becomes a figure and is begun anew."""
    phrases = {cell.name[1] for cell in cells}
    tallies = {_name(tally): tally for tally in Tally.objects.filter(phrase__in=phrases)}
    Tally.objects.filter(pk__in=[tally.pk for tally in tallies.values()]).delete()
    figures = []
    for cell in cells:
        tally = tallies[cell.name] = _added(tallies.get(cell.name), cell)
        if tally.people >= needed:
            figures.append(_figure(tallies.pop(cell.name)))
    Figure.objects.bulk_create(figures)
    for tally in tallies.values():
        tally.pk = None
    Tally.objects.bulk_create(tallies.values())


def _name(tally: Tally) -> _Name:
    return (tally.round_id, tally.phrase, tally.language, tally.measure)


def _added(tally: Tally | None, cell: _Cell) -> Tally:
    if tally is None:
        round_id, phrase, language, measure = cell.name
        tally = Tally(round_id=round_id, phrase=phrase, language=language, measure=measure, seats=0, people=0, count=0)
        tally.first_day = tally.last_day = cell.day
    tally.first_day, tally.last_day = min(tally.first_day, cell.day), max(tally.last_day, cell.day)
    tally.seats |= cell.seats
    tally.people = max(tally.people, cell.people, tally.seats.bit_count())  # each alone is a lower bound
    tally.count += cell.people
    tally.positions += cell.positions
    return tally


def _figure(tally: Tally) -> Figure:
    names = ("phrase", "language", "measure", "first_day", "last_day", "people", "count", "positions")
    return Figure(**{name: getattr(tally, name) for name in names})
