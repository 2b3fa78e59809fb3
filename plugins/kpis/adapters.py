"""Key figures from tables and JSON: a row a reading."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import cast

from django.utils.translation import gettext_lazy

from plugins.kpis import actions
from plugins.kpis.items import ReadingItem
from plugins.kpis.models import Kpi
from plugins.kpis.rows import ReadingRow, Readings
from portal.ingestion.adapter import Item, Waiting
from portal.ingestion.formats.mapping import MappedAdapter, in_every_format
from portal.ingestion.models import Source


class Kpis(MappedAdapter):
    """A reading is named after its figure and its day."""

    kind = "kpis"
    kind_title = gettext_lazy("Key figures")
    row = ReadingRow
    identity = ("kpi", "date")
    maker = Readings
    audience_roles = ("source",)
    waiting = Waiting(Kpi, actions.owners_came, person="owner")

    def apply(self, source: Source, items: Sequence[Item]) -> None:
        actions.record_readings(source, cast(Sequence[ReadingItem], items))

    def mark_missing(self, source: Source, external_ids: Sequence[str]) -> None:
        pairs = (name.rpartition(":") for name in external_ids)
        actions.mark_readings_missing(source, [(kpi, date.fromisoformat(day)) for kpi, _colon, day in pairs])

    def retarget(self, source: Source) -> None:
        actions.retarget(source)


adapters = in_every_format(Kpis)
