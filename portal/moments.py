"""Dates and times as a person would say them, in the reader's language and on the organisation's clocks."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.utils import dateparse, formats, timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _


def day(date: dt.date, *, with_year: bool) -> str:
    """ "24 November", "24 November 2026"."""
    language = get_language() or settings.LANGUAGE_CODE
    if language.startswith("en"):
        return formats.date_format(date, "j F Y" if with_year else "j F")
    return formats.date_format(date, "DATE_FORMAT" if with_year else "MONTH_DAY_FORMAT")


def weekday(date: dt.date, *, with_year: bool) -> str:
    """ "Sunday 6 December"."""
    return f"{formats.date_format(date, 'l')} {day(date, with_year=with_year)}"


def clock(moment: dt.datetime) -> str:
    """ "7:41"."""
    return f"{moment.hour}:{moment.minute:02d}"


def near_day(date: dt.date, today: dt.date) -> str:
    """ "today", "yesterday" or "tomorrow"; else ""."""
    names = {0: _("today"), -1: _("yesterday"), 1: _("tomorrow")}
    return names.get((date - today).days, "")


def local(moment: dt.datetime) -> dt.datetime:
    """On the reader's clocks; a time without a zone is taken for one."""
    return timezone.localtime(moment) if timezone.is_aware(moment) else moment


def in_words(moment: dt.date | dt.datetime) -> str:
    """A date or time as a person would say it today: "7:41", "yesterday 16:20", "24 November"."""
    today = timezone.localdate()
    if not isinstance(moment, dt.datetime):
        return near_day(moment, today) or day(moment, with_year=moment.year != today.year)
    here = local(moment)
    if here.date() == today:
        return clock(here)
    near = near_day(here.date(), today)
    if near:
        return f"{near} {clock(here)}"
    return day(here.date(), with_year=here.year != today.year)


def moment_of(value: object) -> dt.date | dt.datetime | None:
    """A date, a datetime, or an ISO 8601 text of either; None of anything else."""
    if isinstance(value, dt.date):
        return value
    if isinstance(value, str):
        try:
            # First as a date: as a datetime one would be its midnight.
            return dateparse.parse_date(value) or dateparse.parse_datetime(value)
        except ValueError:
            return None
    return None
