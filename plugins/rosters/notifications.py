"""Changes to somebody's shifts, in words: what was, what is."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from plugins.rosters.duties import day_in_words, hours_of
from plugins.rosters.week import Week
from portal.host import Notice, NotificationType

LINES = 5


def shift_changed(data: dict[str, Any]) -> Notice:
    """`data`: `count`, and `changes` as plugins.rosters.changes makes them, in the order of the shifts."""
    changes, count = data["changes"], data["count"]
    lines = [_line(change) for change in changes[:LINES]]
    day = _moments(changes[0])[0].date()
    url = f"{reverse('rosters:my_week')}?week={Week.of(day).text}"
    if count == 1:
        return Notice(lines[0], url)
    if count > len(lines):
        rest = count - len(lines)
        lines.append(ngettext("and %(count)d more", "and %(count)d more", rest) % {"count": rest})
    text = ngettext("%(count)d of your shifts changed", "%(count)d of your shifts changed", count) % {"count": count}
    return Notice(text, url, "\n".join(lines))


def _line(change: dict[str, Any]) -> str:
    said = {"shift": change["title"], "when": _when(change, change["at"])}
    if change["what"] == "moved":
        said["was"] = _when(change, change["from"])
        return _("Moved: %(shift)s, now %(when)s, was %(was)s") % said
    return {
        "given": _("New: %(shift)s, %(when)s"),
        "taken": _("No longer yours: %(shift)s, %(when)s"),
        "cancelled": _("Cancelled: %(shift)s, %(when)s"),
    }[change["what"]] % said


def _when(change: dict[str, Any], times: list[str]) -> str:
    """On the clocks where the work is."""
    starts, ends = _moments(change, times)
    return day_in_words(starts) if change["all_day"] else f"{day_in_words(starts)} {hours_of(starts, ends)}"


def _moments(change: dict[str, Any], times: list[str] | None = None) -> tuple[datetime, datetime]:
    zone = ZoneInfo(change["zone"])
    starts, ends = (datetime.fromisoformat(text).astimezone(zone) for text in times or change["at"])
    return starts, ends


notifications = [NotificationType("shift-changed", gettext_lazy("Changes to my shifts"), shift_changed, "calendar")]
