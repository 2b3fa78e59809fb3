"""Telling those who asked for it that a figure has crossed: into another band, or a number of their own."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from plugins.kpis.bands import number
from plugins.kpis.models import Kpi, Subscription
from portal.notifications.actions import Note, notify_each

TYPE = "crossing"


@dataclass(frozen=True)
class Reason:
    """Why somebody is told: `bands`, or a number of theirs that was passed upwards (`above`) or downwards (`below`)."""

    kind: str
    limit: Decimal | None = None


def tell_subscribers(kpis: Sequence[Kpi], *, crossed: Collection[Kpi]) -> None:
    """Of figures from `with_recent` whose newest reading is news; `crossed` are those that changed their band.

    In the transaction of the delivery. What was told is remembered with the figure, so that the same reading again,
    or another on the same side, tells nobody. No query where nobody has subscribed, else as many for all as for one.
    """
    watched = {kpi.pk: kpi for kpi in kpis if kpi.told_value is not None and _has_moved(kpi, crossed)}
    if not watched:
        return
    ids, subscribed, notes = {kpi.pk for kpi in crossed}, set(), []
    for one in Subscription.objects.filter(kpi__in=watched).order_by("pk"):
        kpi = watched[one.kpi_id]
        subscribed.add(kpi.pk)
        if reason := _reason(one, kpi, banded=kpi.pk in ids):
            notes.append(Note(one.person_id, f"kpi-{kpi.pk}", _data(kpi, reason), kpi))
    if notes:
        notify_each(notes, type=TYPE, plugin="kpis")
    for kpi in watched.values():
        kpi.told_value = kpi.recent[0].value if kpi.pk in subscribed else None
    Kpi.objects.bulk_update(watched.values(), ["told_value"])


def _has_moved(kpi: Kpi, crossed: Collection[Kpi]) -> bool:
    return kpi in crossed or kpi.told_value != kpi.recent[0].value


def _reason(one: Subscription, kpi: Kpi, *, banded: bool) -> Reason | None:
    """A number of one's own says more than the band; None if nothing the person asked for has happened."""
    passed = next(_passed(one, kpi), None)
    return passed or (Reason("bands") if one.bands and banded else None)


def _passed(one: Subscription, kpi: Kpi) -> Iterator[Reason]:
    before, now = kpi.told_value, kpi.recent[0].value
    assert before is not None
    if one.above is not None and before <= one.above < now:
        yield Reason("above", one.above)
    if one.below is not None and before >= one.below > now:
        yield Reason("below", one.below)


def _data(kpi: Kpi, reason: Reason) -> dict[str, Any]:
    """What the notification says it from, in whatever language its reader has."""
    newest = kpi.recent[0]
    return {
        "name": kpi.name,
        "url": kpi.get_absolute_url(),
        "unit": kpi.unit,
        "date": newest.date.isoformat(),
        "value": number(newest.value),
        "direction": kpi.direction,
        "target": number(newest.target),
        "lower": number(newest.lower),
        "upper": number(newest.upper),
        "before": kpi.crossed_from if reason.kind == "bands" else "",
        "kind": reason.kind,
        "limit": number(reason.limit),
    }
