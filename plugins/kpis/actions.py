"""Writes to key figures: set-based, from deliveries."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from django.db import transaction
from django.db.models import Max, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from plugins.kpis.bands import crosses
from plugins.kpis.cards import kpi_card, state_of
from plugins.kpis.crossings import tell_subscribers
from plugins.kpis.items import ReadingItem
from plugins.kpis.models import Kpi, Reading
from portal.catalogue.actions import put_many
from portal.host.settings import settings_for
from portal.ingestion.models import Source
from portal.people.lookup import by_address_or_login, names_of
from portal.people.models import Department, Person

SLUG = "kpis"
BATCH = 500


@transaction.atomic
def record_readings(source: Source, items: Sequence[ReadingItem]) -> None:
    """Stores readings and what they say of their key figures, and renews the entries of those."""
    rows = {(item.kpi, item.date): item for item in items}
    kpis = _write_kpis(source, rows.values())
    Reading.objects.bulk_create(
        [
            Reading(
                kpi=kpis[item.kpi], date=item.date, value=item.value, target=item.target, lower=item.lower,
                upper=item.upper, note=item.note,
            )
            for item in rows.values()
        ],
        update_conflicts=True,
        unique_fields=["kpi", "date"],
        update_fields=["value", "target", "lower", "upper", "note", "missing_since"],
    )  # fmt: skip
    renew_entries(Kpi.objects.filter(pk__in=[kpi.pk for kpi in kpis.values()]))


def _write_kpis(source: Source, items: Iterable[ReadingItem]) -> dict[str, Kpi]:
    """Name, unit and the like of each figure as of its newest reading."""
    newest: dict[str, ReadingItem] = {}
    for item in sorted(items, key=lambda item: item.date):
        newest[item.kpi] = item
    known = Kpi.objects.filter(source=source, external_id__in=newest).annotate(latest=Max("readings__date"))
    kpis = {kpi.external_id: kpi for kpi in known}
    current = {name: item for name, item in newest.items() if _is_current(kpis.get(name), item)}
    paths = {item.department for item in current.values()}
    departments = {department.url_path: department for department in Department.objects.filter(url_path__in=paths)}
    owners = by_address_or_login({item.owner for item in current.values()})
    for name, item in current.items():
        kpi = kpis.setdefault(name, Kpi(source=source, external_id=name))
        kpi.name, kpi.unit, kpi.direction = item.name, item.unit, item.direction
        kpi.definition = item.definition
        kpi.department, kpi.owner = departments.get(item.department), owners.get(item.owner.lower())
        kpi.awaits = "" if kpi.owner else item.owner.lower()
    now = timezone.now()
    for kpi in kpis.values():
        kpi.read_at = now
    Kpi.objects.bulk_create(
        list(kpis.values()),
        update_conflicts=True,
        unique_fields=["source", "external_id"],
        update_fields=["name", "unit", "definition", "department", "direction", "owner", "awaits", "read_at"],
    )
    return {kpi.external_id: kpi for kpi in Kpi.objects.filter(source=source, external_id__in=newest)}


def _is_current(kpi: Kpi | None, item: ReadingItem) -> bool:
    latest = getattr(kpi, "latest", None)
    return latest is None or item.date >= latest


@transaction.atomic
def mark_readings_missing(source: Source, names: Sequence[tuple[str, date]]) -> None:
    """The source no longer has these (key figure, day): they stay, and the newest says that it is old."""
    wanted = set(names)
    near = Reading.objects.filter(
        kpi__source=source,
        kpi__external_id__in={kpi for kpi, _day in wanted},
        date__in={day for _kpi, day in wanted},
    )
    rows = near.filter(missing_since=None).values_list("pk", "kpi__external_id", "date")
    gone = Reading.objects.filter(pk__in=[pk for pk, kpi, day in rows if (kpi, day) in wanted])
    newest = Reading.objects.filter(kpi=OuterRef("kpi")).order_by("-date").values("date")[:1]
    touched = set(gone.filter(date=Subquery(newest)).values_list("kpi", flat=True))
    gone.update(missing_since=timezone.now())
    renew_entries(Kpi.objects.filter(pk__in=touched))


@transaction.atomic
def retarget(source: Source) -> None:
    """The source has another home or audience: its key figures follow."""
    renew_entries(Kpi.objects.filter(source=source, readings__isnull=False).distinct())


@transaction.atomic
def owners_came(source: Source, kpis: Sequence[Kpi]) -> None:
    """These figures have got the owners they waited for, who see them from now on."""
    renew_entries(Kpi.objects.filter(pk__in=[kpi.pk for kpi in kpis]))


@transaction.atomic
def renew_entries(kpis: QuerySet[Kpi]) -> None:
    """Gives the cards again. A figure that has crossed into another band becomes an activity; a new one does not."""
    ids = list(kpis.order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(ids), BATCH):
        # Locked until the end of the transaction, so that of two that see a crossing one tells it.
        found = Kpi.objects.filter(pk__in=ids[start : start + BATCH]).with_recent().select_for_update(of=("self",))
        _put([kpi for kpi in found if kpi.recent])


def _put(kpis: Sequence[Kpi]) -> None:
    states = {kpi: state_of(kpi) or "none" for kpi in kpis}
    fresh = [kpi for kpi in kpis if _is_news(kpi)]
    news = [kpi for kpi in fresh if crosses(_known_state(kpi, states[kpi]), states[kpi])]
    for kpi in news:
        kpi.crossed_from, kpi.crossed_on = _known_state(kpi, states[kpi]), kpi.recent[0].date
    put_many([kpi_card(kpi) for kpi in kpis if kpi not in news])
    put_many([kpi_card(kpi) for kpi in news], verb="update")
    told = [kpi for kpi in kpis if not kpi.announced or (kpi in fresh and kpi.announced != states[kpi])]
    for kpi in told:
        kpi.announced = states[kpi]
    Kpi.objects.bulk_update(told, ["announced", "crossed_from", "crossed_on"])
    tell_subscribers(fresh, crossed=news)


def _known_state(kpi: Kpi, state: str) -> str:
    """The band readers know of: the one last told, for a new figure that of the reading before, else the present."""
    if kpi.announced:
        return kpi.announced
    return (state_of(kpi, at=1) or "none") if len(kpi.recent) > 1 else state


def _is_news(kpi: Kpi) -> bool:
    """A year of history that comes in at once is not news."""
    newest = kpi.recent[0]
    news = timedelta(days=settings_for(SLUG, kpi.home).news_days)
    return newest.missing_since is None and newest.date >= timezone.localdate() - news


@transaction.atomic
def disown(person: Person) -> int:
    """Nobody owns the person's key figures from now on, nor gets those that wait for them; how many there were."""
    theirs = Q(owner=person) | Q(awaits__in=names_of(person))
    ids = list(Kpi.objects.filter(theirs).values_list("pk", flat=True))
    Kpi.objects.filter(pk__in=ids).update(owner=None, awaits="")
    renew_entries(Kpi.objects.filter(pk__in=ids))
    return len(ids)
