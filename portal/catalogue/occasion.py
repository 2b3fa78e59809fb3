"""When something takes place or is due, out of the times that its owner told with its card."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from portal.moments import clock, in_words, local, moment_of, near_day, weekday

Moment = dt.date | dt.datetime
_DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Occasion:
    """From `starts` to `ends`: two moments, or two dates, of which the second is the last day.

    `is_due`: it is to be done by `starts`. `zone`: whose clocks it is kept on, if its owner says so.
    """

    starts: Moment
    ends: Moment | None = None
    is_due: bool = False
    zone: ZoneInfo | None = None

    def __str__(self) -> str:
        """In the reader's language, on the reader's clocks: "Sunday 6 December, 21:00 to 7:00"."""
        if self.is_due:
            return pgettext("a task", "Due %(when)s") % {"when": in_words(self.starts)}
        words = self._days() if not isinstance(self.starts, dt.datetime) else self._hours(local(self.starts))
        if there := self._there():
            return _("%(when)s (%(time)s in %(place)s)") % {"when": words, **there}
        return words

    @property
    def short(self) -> str:
        """Its beginning alone: "6 December, 21:00"."""
        if self.is_due or not isinstance(self.starts, dt.datetime):
            return str(self) if self.is_due else in_words(self.starts)
        starts = local(self.starts)
        said = {"day": in_words(starts.date()), "time": clock(starts)}
        return _("%(day)s, %(time)s") % said

    @property
    def iso(self) -> str:
        """For a `<time>` element."""
        return (local(self.starts) if isinstance(self.starts, dt.datetime) else self.starts).isoformat()

    def _days(self) -> str:
        first = _weekday(self.starts)
        if self.ends is None or self.ends <= self.starts:
            return first
        return _("%(first)s to %(last)s") % {"first": first, "last": _weekday(self.ends)}

    def _hours(self, starts: dt.datetime) -> str:
        said = {"day": _weekday(starts.date()), "time": clock(starts)}
        if not isinstance(self.ends, dt.datetime):
            return _("%(day)s, %(time)s") % said
        ends = local(self.ends)
        said |= {"until": clock(ends)}
        if ends - starts < _DAY:
            return _("%(day)s, %(time)s to %(until)s") % said
        return _("%(day)s, %(time)s to %(last)s, %(until)s") % (said | {"last": _weekday(ends.date())})

    def _there(self) -> dict[str, str]:
        """Time and place of other clocks than the reader's."""
        if self.zone is None or not isinstance(self.starts, dt.datetime) or timezone.is_naive(self.starts):
            return {}
        there = self.starts.astimezone(self.zone)
        if there.utcoffset() == local(self.starts).utcoffset():
            return {}
        return {"time": clock(there), "place": self.zone.key.rpartition("/")[2].replace("_", " ")}


def occasion_of(facets: Mapping[str, object]) -> Occasion | None:
    """Out of `starts_at`, `ends_at` and `time_zone`, else `due` of what is not `done` (see portal.catalogue.card)."""
    starts, ends, due = (moment_of(facets.get(name)) for name in ("starts_at", "ends_at", "due"))
    if starts is not None:
        alike = isinstance(ends, dt.datetime) == isinstance(starts, dt.datetime)
        return Occasion(starts, ends if alike else None, zone=_zone(facets.get("time_zone")))
    if due is not None and not facets.get("done"):
        return Occasion(due, is_due=True)
    return None


def _zone(name: object) -> ZoneInfo | None:
    try:
        return ZoneInfo(name) if isinstance(name, str) and name else None
    except (ValueError, OSError, LookupError):
        return None


def _weekday(date: dt.date) -> str:
    """ "today", "Sunday 6 December"."""
    today = timezone.localdate()
    near = near_day(date, today)
    return near or weekday(date, with_year=date.year != today.year)
