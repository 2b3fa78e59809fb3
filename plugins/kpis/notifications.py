"""What those who asked for it are told of key figures."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from plugins.kpis.bands import Aim, with_unit
from plugins.kpis.crossings import TYPE
from portal.host import Notice, NotificationType


def crossing(data: dict[str, Any]) -> Notice:
    """ "Door to doctor: Left its band: 46 min, above 45 min"; `data` is of plugins.kpis.crossings."""
    said = {"name": data["name"], "what": _what(data)}
    return Notice(text=_("%(name)s: %(what)s") % said, url=data["url"])


def _what(data: dict[str, Any]) -> str:
    aim = Aim(data["direction"], data["target"], data["lower"], data["upper"])
    value = with_unit(data["value"], data["unit"])
    if data["kind"] == "bands":
        return aim.crossing(data["value"], data["unit"], data["before"]) or value
    said = {"value": value, "limit": with_unit(data["limit"], data["unit"])}
    if data["kind"] == "above":
        return _("%(value)s, above your %(limit)s") % said
    return _("%(value)s, below your %(limit)s") % said


notifications = [NotificationType(TYPE, gettext_lazy("Key figures that cross"), crossing, icon="chart")]
