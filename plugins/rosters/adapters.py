"""Rosters from iCalendar, where an event, or each occurrence of one, is a shift; and from tables and JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import BinaryIO, cast

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from plugins.rosters import actions
from plugins.rosters.calendars import calendars_in
from plugins.rosters.ical import parts_of, read_until, window_of
from plugins.rosters.items import IcalSettings, ShiftItem, ShiftSettings
from plugins.rosters.mending import calendar_around
from plugins.rosters.models import Shift
from plugins.rosters.rows import ShiftRow, Shifts, since
from plugins.rosters.telling import forget_told
from portal.ingestion.adapter import Adapter, Item, Rejection, Waiting
from portal.ingestion.formats.mapping import MappedAdapter, in_every_format
from portal.ingestion.models import Source


class RosterIcal(Adapter):
    slug = "rosters.ical"
    title = gettext_lazy("Rosters from iCalendar")
    settings_model = IcalSettings
    content_types = ("text/calendar",)
    moves_with_time = True
    audience_roles = ("department", "people")
    waiting = Waiting(Shift, actions.people_came)

    def read(self, payload: BinaryIO, source: Source) -> Iterator[Item | Rejection]:
        settings = IcalSettings.model_validate(source.settings)
        yield from parts_of(calendars_in(payload.read(), settings, window_of(settings)), settings)

    def why_not_fixed(self, raw: str) -> str:
        event = "BEGIN:VEVENT" in raw.upper()
        return "" if event else _("This is about the calendar, and no event of it; mend it at the source.")

    def alone(self, raw: str, delivered: BinaryIO, source: Source) -> bytes:
        return calendar_around(raw, delivered.read(), IcalSettings.model_validate(source.settings))

    def apply(self, source: Source, items: Sequence[Item]) -> None:
        shifts = cast(Sequence[ShiftItem], items)
        actions.record_shifts(source, shifts, read_until=read_until(source))

    def mark_missing(self, source: Source, external_ids: Sequence[str]) -> None:
        settings = IcalSettings.model_validate(source.settings)
        actions.mark_shifts_missing(source, external_ids, between=window_of(settings))

    def retarget(self, source: Source) -> None:
        actions.retarget(source)

    def withdraw(self, source: Source) -> None:
        forget_told(source)
        super().withdraw(source)


class RosterTables(MappedAdapter):
    """A shift is named by its id."""

    kind = "rosters"
    kind_title = gettext_lazy("Rosters")
    row = ShiftRow
    identity = ("id",)
    maker = Shifts
    kind_settings = ShiftSettings
    audience_roles = ("department", "people")
    waiting = Waiting(Shift, actions.people_came)

    def apply(self, source: Source, items: Sequence[Item]) -> None:
        actions.record_shifts(source, cast(Sequence[ShiftItem], items))

    def mark_missing(self, source: Source, external_ids: Sequence[str]) -> None:
        settings = self.settings_model.model_validate(source.settings)
        actions.mark_shifts_missing(source, external_ids, between=since(settings))

    def retarget(self, source: Source) -> None:
        actions.retarget(source)

    def withdraw(self, source: Source) -> None:
        forget_told(source)
        super().withdraw(source)


adapters = [RosterIcal, *in_every_format(RosterTables)]
