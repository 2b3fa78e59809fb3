"""Menus as the canteen's system delivers them: JSON with a list of days."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any, BinaryIO, cast

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from portal.host.configuring.words import in_one_line
from portal.ingestion.adapter import Adapter, Item, Rejection, UnreadablePayload
from portal.ingestion.models import Source
from pydantic import ValidationError

from folkmoot_lunch import actions
from folkmoot_lunch.items import MenuItem


class LunchJson(Adapter):
    slug = "lunch.json"
    title = gettext_lazy("Menus from JSON")
    content_types = ("application/json",)
    audience_roles = ("source",)

    def read(self, payload: BinaryIO, source: Source) -> Iterator[Item | Rejection]:
        for number, row in enumerate(_list_in(payload), start=1):
            yield _part(number, row)

    def apply(self, source: Source, items: Sequence[Item]) -> None:
        actions.record_menus(source, cast(Sequence[MenuItem], items))

    def mark_missing(self, source: Source, external_ids: Sequence[str]) -> None:
        actions.mark_missing(source, [date.fromisoformat(day) for day in external_ids])

    def retarget(self, source: Source) -> None:
        actions.retarget(source)


def _list_in(payload: BinaryIO) -> list[Any]:
    try:
        found = json.loads(payload.read())
    except (ValueError, RecursionError) as error:
        raise UnreadablePayload(_("This is not whole JSON (%(error)s).") % {"error": str(error)[:200]}) from error
    menus = found.get("menus") if isinstance(found, dict) else None
    if not isinstance(menus, list):
        raise UnreadablePayload(_('There is no list of menus; write {"menus": [...]}.'))
    return menus


def _part(number: int, row: Any) -> Item | Rejection:
    try:
        if not isinstance(row, dict):
            raise ValueError(_("it is not an object"))
        return MenuItem(external_id=_day(row), **row)
    except ValidationError as error:
        reason = in_one_line(error)
    except ValueError as error:
        reason = str(error)
    return Rejection(_("menu %(number)d") % {"number": number}, reason, json.dumps(row, ensure_ascii=False))


def _day(row: dict[str, Any]) -> str:
    """The day names the menu at its source, so it has to be written in one way."""
    try:
        return date.fromisoformat(row.get("day", "")).isoformat()
    except (TypeError, ValueError) as error:
        raise ValueError(_("its day is not written like 2026-11-27")) from error


adapters = [LunchJson]
