"""Key figures as somebody may read them: entries of the catalogue, so that one rule decides."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import Q
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from plugins.kpis.bands import Aim, Number, figure, with_unit
from plugins.kpis.models import Kpi, Subscription
from portal.catalogue.card import label_of
from portal.catalogue.models import Entry
from portal.catalogue.querysets import EntryQuerySet
from portal.ingestion.freshness import Freshness, freshness_of
from portal.ingestion.models import Source

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from portal.people.models import Person


@dataclass(frozen=True)
class Row:
    """A key figure as lists draw it; words are in the reader's language."""

    name: str
    url: str
    value: Number
    unit: str
    state: str
    state_text: str
    points: Sequence[Number]
    band: Sequence[Number] | None
    source: str
    read_at: datetime | None


def kpis_for(person: Person | AnonymousUser) -> EntryQuerySet:
    """Entries of the key figures the person may read now."""
    return Entry.objects.visible_to(person).filter(label=label_of(Kpi)).for_cards()


STATES = ("bad", "warn", "ok", "stale")


def in_state(entries: EntryQuerySet, state: str) -> EntryQuerySet:
    """Those that stand so now: bad, warn or ok, or stale, whose newest reading is gone or whose source is overdue.

    One query, for how fresh the sources are.
    """
    fresh = freshness_of(Source.objects.filter(plugin="kpis").values_list("pk", flat=True))
    overdue = [pk for pk, one in fresh.items() if one.stale]
    late = Q(facets__state="stale") | Q(facets__source_id__in=overdue)
    return entries.filter(late) if state == "stale" else entries.filter(facets__state=state).exclude(late)


def kpi_or_404(pk: int) -> Kpi:
    """The row with its source and owner, whoever asks: rights are judged by the entry. Raises Http404."""
    return get_object_or_404(Kpi.objects.select_related("source", "owner"), pk=pk)


def subscribed_entries(person: Person) -> list[tuple[Subscription, Entry]]:
    """What the person is told of, by name, as far as they may see it now. Two queries."""
    held = {str(one.kpi_id): one for one in Subscription.objects.filter(person=person)}
    return [(held[entry.key], entry) for entry in kpis_for(person).filter(key__in=held).order_by("title", "pk")]


def subscribed_rows(person: Person) -> list[tuple[Subscription, str, Row]]:
    """The same as lists draw it, with when the person is told, in words. Three queries."""
    found = subscribed_entries(person)
    rows = rows_of(entry for _held, entry in found)
    return [(held, _told_when(held, row.unit), row) for (held, _entry), row in zip(found, rows, strict=True)]


def _told_when(held: Subscription, unit: str) -> str:
    said = [_("when it leaves its band, or is back on target")] if held.bands else []
    if held.above is not None:
        said.append(_("above %(limit)s") % {"limit": with_unit(figure(held.above), unit)})
    if held.below is not None:
        said.append(_("below %(limit)s") % {"limit": with_unit(figure(held.below), unit)})
    return " · ".join(said)


def rows_of(entries: Iterable[Entry]) -> list[Row]:
    """What lists draw of the entries; one query, for how fresh their sources are."""
    entries = list(entries)
    fresh = freshness_of(entry.facets["source_id"] for entry in entries) if entries else {}
    return [row_of(entry, fresh.get(entry.facets["source_id"])) for entry in entries]


def row_of(entry: Entry, fresh: Freshness | None) -> Row:
    """Late when the newest reading is gone or the source is overdue; the last good value stays."""
    facets = entry.facets
    late = facets["state"] == "stale" or fresh is None or fresh.stale
    aim = Aim(facets["direction"], facets["target"], facets["lower"], facets["upper"])
    return Row(
        name=entry.title,
        url=entry.url,
        value=facets["value"],
        unit=facets["unit"],
        state="stale" if late else facets["state"],
        state_text=_("Last good value") if late else aim.words(facets["value"], facets["unit"]),
        points=facets["points"],
        band=facets["band"],
        source=fresh.source if fresh else facets["source"],
        read_at=fresh.read_at if fresh else None,
    )


def source_line(rows: Sequence[Row]) -> tuple[str, datetime | None]:
    """(names of the sources, the oldest time one of them was read), for the foot of a list."""
    times = [row.read_at for row in rows if row.read_at]
    return ", ".join(sorted({row.source for row in rows})), min(times, default=None)
