"""From a file to a calendar (RFC 5545), with the time zones that the file itself defines."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

import x_wr_timezone
from django.utils.translation import gettext as _
from icalendar import Calendar, Component, Timezone

from plugins.rosters.items import IcalSettings
from portal.ingestion.adapter import UnreadablePayload
from portal.ingestion.formats.base import encoding_of
from portal.ingestion.formats.values import is_zone

# Folds lie between bytes, so they may lie within a letter (RFC 5545, 3.1).
FOLD = re.compile(rb"\r?\n[ \t]")
ZONE = re.compile(r"^BEGIN:VTIMEZONE\r?$.*?^END:VTIMEZONE\r?$", re.DOTALL | re.MULTILINE | re.IGNORECASE)
ZONE_NAME = re.compile(r"^(TZID(?:;[^:\r\n]*)?:)([^\r\n]*)", re.MULTILINE | re.IGNORECASE)
# The parameter of a property: before the first colon that is in no quotes.
TZID = re.compile(r'^((?:[^":\r\n]|"[^"\r\n]*")*;TZID=)("[^"\r\n]*"|[^;:\r\n]*)', re.MULTILINE | re.IGNORECASE)
WHOLE = re.compile(
    r"^\ufeff?BEGIN:VCALENDAR[ \t]*\r?$.*?^END:VCALENDAR[ \t]*\r?$", re.DOTALL | re.MULTILINE | re.IGNORECASE
)
EVENT = re.compile(r"^BEGIN:VEVENT[ \t]*\r?$.*?^END:VEVENT[ \t]*\r?$", re.DOTALL | re.MULTILINE | re.IGNORECASE)
BEGINNING = re.compile(r"^\ufeff?BEGIN:VCALENDAR[ \t]*\r?$", re.MULTILINE | re.IGNORECASE)
MOST_ZONES = 200
MOST_CALENDARS = 1000
STEP = timedelta(hours=12)
# Years before and after the window: what repeats may have begun in another half of the year.
AROUND = timedelta(days=366)
EVER = datetime.max.replace(tzinfo=UTC)
NAMED = "X-WR-TIMEZONE"


@dataclass(frozen=True)
class Delivered:
    """A calendar, and its events as they were written: in the order of `walk`, or none if that cannot be told."""

    calendar: Calendar
    texts: list[str]

    @property
    def events(self) -> list[Component]:
        return list(self.calendar.walk("VEVENT"))


def calendars_in(payload: bytes, settings: IcalSettings, between: tuple[datetime, datetime]) -> list[Delivered]:
    """The calendars of a file, which may be several one after the other (RFC 5545, 3.4). Raises UnreadablePayload.

    `between`: the moments that matter, for which a zone of the file may differ from the one of the same name.
    """
    text = text_of(payload, settings)
    texts = WHOLE.findall(text)
    if len(texts) > MOST_CALENDARS:
        raise UnreadablePayload(_("The file has more than %(most)d calendars.") % {"most": MOST_CALENDARS})
    if len(BEGINNING.findall(text)) > max(1, len(texts)):
        # The library would take those that are whole, and say nothing of the rest.
        raise UnreadablePayload(_("One of the calendars of this file has no end."))
    if len(texts) < 2 or WHOLE.sub("", text).strip("\ufeff\r\n\t "):
        texts = [text]  # one, or none that is whole: whatever is wrong is told
    return [_delivered(one, settings, between) for one in texts]


def _delivered(text: str, settings: IcalSettings, between: tuple[datetime, datetime]) -> Delivered:
    calendar = _calendar_of(_with_own_zones(text, between), settings)
    events = [found.replace("\r\n", "\n").rstrip("\r") + "\n" for found in EVENT.findall(text)]
    return Delivered(calendar, events if len(events) == len(calendar.walk("VEVENT")) else [])


def _calendar_of(text: str, settings: IcalSettings) -> Calendar:
    try:
        calendar = Calendar.from_ical(text)
    except (ValueError, KeyError, IndexError, AttributeError) as error:
        said = {"error": " ".join(str(error).split())[:200]}
        raise UnreadablePayload(_("This is not a whole iCalendar file (%(error)s).") % said) from error
    if not isinstance(calendar, Calendar):
        raise UnreadablePayload(_("There is no calendar in this file."))
    return _on_its_clocks(calendar, settings)


def text_of(payload: bytes, settings: IcalSettings) -> str:
    """The text of a file, in UTF-8 without folds. Raises UnreadablePayload."""
    encoding = encoding_of(payload[:4]) or settings.encoding
    try:
        whole = FOLD.sub(b"", payload) if encoding.startswith("utf-8") else payload
        return whole.decode(encoding)
    except UnicodeError as error:
        reason = _("This is not text in %(encoding)s; set the encoding of the source.")
        raise UnreadablePayload(reason % {"encoding": encoding}) from error


def _on_its_clocks(calendar: Calendar, settings: IcalSettings) -> Calendar:
    """Calendars that name one zone for all (X-WR-TIMEZONE) tell UTC and floating times on its clocks."""
    named = str(calendar.get(NAMED) or "")
    if not is_zone(named):
        return calendar
    try:
        return x_wr_timezone.to_standard(calendar, settings.zone if settings.time_zone else ZoneInfo(named))
    except (ValueError, AttributeError, TypeError):
        return calendar  # some event is broken, and is told so later


def _with_own_zones(text: str, between: tuple[datetime, datetime]) -> str:
    """Gives zones that the file defines in its own way a name of their own; takes out what defines nothing.

    Else the library takes the zone of the IANA database for one of that name, and the first file's definition for all
    files that come after it.
    """
    renamed: dict[str, str] = {}
    for number, found in enumerate(ZONE.findall(text)):
        if number >= MOST_ZONES:
            raise UnreadablePayload(_("The calendar defines more than %(most)d time zones.") % {"most": MOST_ZONES})
        named = ZONE_NAME.search(found)
        name = named[2].strip() if named else ""
        try:
            if _is_own(found, name, between):
                renamed[name] = f"own-{hashlib.sha256(ZONE_NAME.sub('', found).encode()).hexdigest()[:32]}"
        except Exception:  # whatever the library makes of a broken definition
            text = text.replace(found, "")
    if renamed:
        text = ZONE_NAME.sub(lambda found: found[1] + renamed.get(found[2].strip(), found[2]), text)
        text = TZID.sub(lambda found: found[1] + renamed.get(found[2].strip('"'), found[2]), text)
    return text


def _is_own(definition: str, name: str, between: tuple[datetime, datetime]) -> bool:
    """Whether it is no zone of the IANA database, or another than that."""
    component = Timezone.from_ical(definition)
    zone: tzinfo = component.to_tz(lookup_tzid=False)
    known = ZoneInfo(name) if is_zone(name) else UTC
    # Asked on the clock of the known zone: from UTC a definition is asked several times over.
    clocks = (moment.astimezone(known) for moment in _moments(component, between))
    return any(zone.utcoffset(clock.replace(tzinfo=zone)) != clock.utcoffset() for clock in clocks) or known is UTC


def _moments(component: Timezone, between: tuple[datetime, datetime]) -> Iterator[datetime]:
    """Twice a day in the time for which the definition was made: some list each change of a few years and no more."""
    first, last = _made_for(component)
    moment, until = max(between[0] - AROUND, first), min(between[1] + AROUND, last)
    while moment < until:
        yield moment.astimezone(UTC)
        moment += STEP


def _made_for(component: Timezone) -> tuple[datetime, datetime]:
    """From the first change to the last; for ever, if a rule goes on or there is but one time."""
    changes: list[datetime] = []
    for part in component.subcomponents:
        rule = part.get("RRULE") or {}
        dates = part.get("RDATE") or []
        for listed in dates if isinstance(dates, list) else [dates]:
            changes += [_in_utc(one.dt) for one in listed.dts]
        changes += [_in_utc(one) for one in rule.get("UNTIL", [])] + [_in_utc(part["DTSTART"].dt)]
        if rule and "UNTIL" not in rule and "COUNT" not in rule:
            changes.append(EVER)
    return min(changes), max(changes) if len(changes) > 1 else EVER


def _in_utc(value: date) -> datetime:
    moment = value if isinstance(value, datetime) else datetime(value.year, value.month, value.day)
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
