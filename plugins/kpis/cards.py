"""Key figures as entries of the catalogue: one each, not one a reading."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone, translation
from django.utils.translation import gettext as _gettext
from django.utils.translation import gettext_lazy as _

from plugins.kpis.bands import Aim, figure, number
from plugins.kpis.models import Kpi, Reading
from portal.catalogue.card import Card
from portal.host import EntryType

types = [EntryType("kpi", _("Key figure"), "chart", "automated", _("Key figures"))]


def aim_of(kpi: Kpi, reading: Reading) -> Aim:
    return Aim(kpi.direction, number(reading.target), number(reading.lower), number(reading.upper))


def state_of(kpi: Kpi, *, at: int = 0) -> str:
    """The band of the newest reading, or of the one `at` places before it."""
    reading = kpi.recent[at]
    return aim_of(kpi, reading).state(figure(reading.value))


def kpi_card(kpi: Kpi) -> Card:
    """For key figures from `with_recent` that have a reading."""
    newest = kpi.recent[0]
    owner = kpi.owner.display_name if kpi.owner else ""
    facts = [kpi.name, kpi.unit, newest.remark, definition_of(kpi), kpi.home.name, owner]
    return Card(
        kind="automated",
        type="kpi",
        obj=kpi,
        title=kpi.name,
        url=kpi.get_absolute_url(),
        summary=newest.remark or definition_of(kpi),
        body="\n".join(fact for fact in facts if fact),
        department=kpi.home,
        plugin="kpis",
        audience=kpi.source.audience_of([kpi.owner_id], kpi.home),
        published_at=_published(kpi, newest),
        stale_from=newest.missing_since,
        facets=_facets(kpi, newest),
    )


def _published(kpi: Kpi, newest: Reading) -> datetime:
    """The end of the day that was measured, or when it was read if that had not come."""
    midnight = timezone.make_aware(datetime.combine(newest.date + timedelta(days=1), time.min))
    return min(midnight, kpi.read_at)


def _facets(kpi: Kpi, newest: Reading) -> dict[str, object]:
    """What a list shows without asking for readings. Words are in the organisation's language."""
    aim, value = aim_of(kpi, newest), figure(newest.value)
    missing = newest.missing_since is not None
    with translation.override(settings.LANGUAGE_CODE):
        words = _gettext("Last good value") if missing else _news_of(kpi, newest, aim)
    return {
        "value": value,
        "unit": kpi.unit,
        "state": "stale" if missing else aim.state(value),
        "state_text": words,
        "direction": kpi.direction,
        "target": aim.target,
        "lower": aim.lower,
        "upper": aim.upper,
        "band": aim.band,
        "date": newest.date.isoformat(),
        "points": [figure(reading.value) for reading in reversed(kpi.recent)],
        "source": kpi.source.name,
        "source_id": kpi.source_id,
        "read_at": kpi.read_at.isoformat(),
    }


def _news_of(kpi: Kpi, newest: Reading, aim: Aim) -> str:
    """How it stands, and what happened if that is what readers are told of it just now."""
    value = figure(newest.value)
    told = aim.crossing(value, kpi.unit, kpi.crossed_from) if newest.date == kpi.crossed_on else ""
    return told or aim.words(value, kpi.unit)


def definition_of(kpi: Kpi) -> str:
    """What it measures, as its source says, else as it was written here; for figures from `with_recent`."""
    own = kpi.own_definitions[0].text if kpi.own_definitions else ""
    return kpi.definition or own


def _with_readings() -> QuerySet[Kpi]:
    return Kpi.objects.filter(readings__isnull=False).distinct().with_recent()


cards = {Kpi: kpi_card}
rebuild = {Kpi: _with_readings}
