"""From a row of a file to a shift."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from datetime import date as Date
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.translation import gettext as _

from plugins.rosters.items import ShiftItem
from plugins.rosters.kinds import kind_of
from portal.ingestion.formats.mapping import Maker
from portal.ingestion.formats.values import LATEST, RowError
from portal.ingestion.models import Source


@dataclass(slots=True)
class ShiftRow:
    """What a source may give of a shift.

    `start` and `end` are moments, or clocks on `date`; an end that is not after the start is on the next day.
    A date alone is the whole day.
    """

    id: str
    date: Date | None = None
    start: datetime | time | None = None
    end: datetime | time | None = None
    title: str = ""
    email: str = ""
    name: str = ""
    kind: str = ""
    note: str = ""
    link: str = ""
    status: str = ""


class Shifts(Maker[ShiftRow]):
    """Makes shifts of rows."""

    def __init__(self, source: Source, settings: Any) -> None:
        super().__init__(source, settings)
        self._zone: ZoneInfo = settings.zone
        self._cancelled = {state.lower() for state in settings.cancelled_states}

    def item(self, external_id: str, row: ShiftRow) -> ShiftItem:
        start, end = self._start(row), self._end(row)
        all_day = row.start is None
        return ShiftItem(
            external_id=external_id,
            title=row.title or _("Shift"),
            starts_at=start.astimezone(UTC),
            ends_at=end.astimezone(UTC),
            time_zone=self._zone.key,
            all_day=all_day,
            kind="other" if all_day else kind_of([row.kind], start, end.astimezone(UTC) - start.astimezone(UTC)),
            email=row.email,
            name=row.name,
            note=row.note,
            link=row.link,
            cancelled=row.status.lower() in self._cancelled,
        )

    def _start(self, row: ShiftRow) -> datetime:
        if isinstance(row.start, datetime):
            return row.start.astimezone(self._zone)
        if row.date is None:
            raise RowError(_("date is empty; give a day, or a start with the day in it"))
        return self._at(row.date, row.start or time())

    def _end(self, row: ShiftRow) -> datetime:
        if isinstance(row.end, datetime):
            return row.end.astimezone(self._zone)
        start = self._start(row)
        if row.end is None:
            if row.start is not None:
                raise RowError(_("end is empty"))
            return self._at(start.date() + timedelta(days=1), time())
        end = self._at(start.date(), row.end)
        return end if end > start else self._at(start.date() + timedelta(days=1), row.end)

    def _at(self, day: Date, clock: time) -> datetime:
        return datetime.combine(day, clock, tzinfo=self._zone)


def since(settings: Any) -> tuple[datetime, datetime]:
    """The moments between which a shift that is no longer delivered is missing: from some days ago on."""
    first = timezone.localdate(timezone=settings.zone) - timedelta(days=settings.days_back)
    return datetime.combine(first, time(), tzinfo=settings.zone), datetime(LATEST, 12, 31, tzinfo=UTC)
