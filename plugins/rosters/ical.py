"""From a calendar to shifts: events by series, their occurrences within a window, and who works them.

Each series is expanded by itself, so that one that cannot be used costs only itself.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import recurring_ical_events
from django.utils import timezone
from django.utils.translation import gettext as _
from icalendar import Calendar, Event
from icalendar.timezone import tzid_from_tzinfo
from pydantic import ValidationError

from plugins.rosters.calendars import Delivered
from plugins.rosters.items import IcalSettings, ShiftItem
from plugins.rosters.kinds import kind_of
from portal.host.configuring.words import in_one_line
from portal.ingestion.adapter import Item, Rejection, UnreadablePayload
from portal.ingestion.formats.values import is_zone
from portal.ingestion.models import Source

MOST_SHIFTS = 5000
# A calendar made to keep the worker busy is given up.
MOST_SECONDS = 20
EARLIEST = 1970
NEEDED = {"DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "EXDATE", "RECURRENCE-ID", None}
FREQUENCIES = {"DAILY", "WEEKLY", "MONTHLY", "YEARLY"}
WITHIN_A_DAY = ("BYHOUR", "BYMINUTE", "BYSECOND")
# Messages of RFC 5546, which change what was published before.
OF_SINGLE_EVENTS = {"CANCEL", "ADD", "REPLY", "REFRESH", "COUNTER", "DECLINECOUNTER"}
NOT_WORKING = {"ROOM", "RESOURCE"}


class EventError(ValueError):
    """What is wrong with an event, in words."""


def read_until(source: Source) -> datetime | None:
    """Where the window ended when the source was last read; None if it never was."""
    settings = IcalSettings.model_validate(source.settings)
    return window_of(settings, source.last_success_at)[1] if source.last_success_at else None


def window_of(settings: IcalSettings, now: datetime | None = None) -> tuple[datetime, datetime]:
    """The moments between which shifts are read, by default now."""
    today = timezone.localdate(now, timezone=settings.zone)
    first, last = today - timedelta(days=settings.days_back), today + timedelta(days=settings.days_ahead + 1)
    return _midnight(first, settings.zone), _midnight(last, settings.zone)


def parts_of(calendars: Sequence[Delivered], settings: IcalSettings) -> Iterator[Item | Rejection]:
    """Shifts and rejections of all calendars of a file, in its order. Raises UnreadablePayload."""
    until, count = time.monotonic() + MOST_SECONDS, 0
    seen: dict[str, int] = {}
    for number, calendar in enumerate(calendars):
        for part in Roster(calendar, settings, until).parts():
            if not isinstance(part, Item):
                yield part
                continue
            count += 1
            if count > MOST_SHIFTS:
                reason = _("there are more than %(most)d shifts; the rest was left out, choose fewer days")
                yield Rejection(_("calendar"), reason % {"most": MOST_SHIFTS})
                return
            if seen.setdefault(part.external_id, number) != number:
                # Nameless: the shift of that name is in the roster.
                reason = _("another calendar of the file has a shift with this UID; give each its own")
                yield Rejection(part.external_id, reason, part.model_dump_json())
                continue
            yield part


class Roster:
    """One calendar being read, until a moment of the monotonic clock."""

    def __init__(self, delivered: Delivered, settings: IcalSettings, until: float) -> None:
        self._events, self._zone, self._until = delivered.events, settings.zone, until
        self._texts = {id(event): text for event, text in zip(self._events, delivered.texts, strict=False)}
        self._start, self._end = window_of(settings)
        self._method = str(delivered.calendar.get("METHOD") or "").upper()

    def parts(self) -> Iterator[Item | Rejection]:
        """Shifts and rejections, series by series. Raises UnreadablePayload."""
        if self._method in OF_SINGLE_EVENTS:
            # Nameless: so what the message does not speak of is not taken for gone.
            reason = _("its method is %(method)s, so it tells of single events; what is not in it stays as it was")
            yield Rejection(_("calendar"), reason % {"method": self._method}, self._method)
        for position, events in self._series():
            if time.monotonic() > self._until:
                raise UnreadablePayload(_("The calendar takes too long to work out; let its rules repeat less."))
            yield from self._parts_of(position, events)

    def _series(self) -> list[tuple[str, list[Event]]]:
        """(where it is, the event and its exceptions), in the order of the calendar."""
        found: dict[str, list[Event]] = {}
        for number, event in enumerate(self._events, start=1):
            uid = str(event.get("UID") or "")
            found.setdefault(uid or f"\x00{number}", []).append(event)
        return [(_("event %(number)s") % {"number": uid.lstrip("\x00")}, events) for uid, events in found.items()]

    def _parts_of(self, position: str, events: Sequence[Event]) -> list[Item | Rejection]:
        uid = str(events[0].get("UID") or "")
        repeats = any(name in event for event in events for name in ("RRULE", "RDATE", "RECURRENCE-ID"))
        try:
            _check(uid, events)
            return [
                item
                for occurrence in self._occurrences(events)
                for item in self._items(self._name(occurrence, events) if repeats else _short(uid), occurrence)
            ]
        except ValidationError as error:
            reason = in_one_line(error)
        except EventError as error:
            reason = str(error)
        # Of a series nobody can tell which shifts are refused, so none of them is named.
        return [Rejection(position, reason, self._raw(events), "" if repeats else _short(uid))]

    def _raw(self, events: Sequence[Event]) -> str:
        """The events as they were written; else as far as they were understood."""
        return "".join(self._texts.get(id(event)) or _written(event) for event in events)

    def _name(self, occurrence: Event, events: Sequence[Event]) -> str:
        """The series and the moment at which this occurrence was meant to begin."""
        uid, planned = _short(str(occurrence["UID"])), _planned(occurrence, events)
        if not isinstance(planned, datetime):
            return f"{uid}/{planned:%Y%m%d}"
        return f"{uid}/{_moment(planned, self._zone):%Y%m%dT%H%M%SZ}"

    def _occurrences(self, events: Sequence[Event]) -> list[Event]:
        alone = Calendar()
        for event in events:
            alone.add_component(event)
        try:
            return list(recurring_ical_events.of(alone).between(self._start, self._end))
        except Exception as error:  # whatever the library makes of a strange rule, it costs this series only
            said = {"error": f"{type(error).__name__}: {error}"[:200]}
            raise EventError(_("its dates cannot be worked out (%(error)s)") % said) from error

    def _items(self, name: str, event: Event) -> Iterator[ShiftItem]:
        start, end = _moment(event.start, self._zone), _moment(event.end, self._zone)
        all_day = not isinstance(event.start, datetime)
        zone = _zone_of(event.start, self._zone)
        people = _people(event) or [("", "")]
        for number, (email, person) in enumerate(people):
            yield ShiftItem(
                external_id=f"{name}/{number + 1}" if number else name,
                title=_text(event, "SUMMARY", 200) or _("Shift"),
                starts_at=start,
                ends_at=end,
                time_zone=zone.key,
                all_day=all_day,
                kind="other" if all_day else kind_of(_categories(event), start.astimezone(zone), end - start),
                email=email,
                name=person,
                note=_text(event, "DESCRIPTION", 1000),
                link=_text(event, "URL", 501),
                private=_is_private(event),
                cancelled=self._method == "CANCEL" or str(event.get("STATUS", "")).upper() == "CANCELLED",
            )


def _check(uid: str, events: Sequence[Event]) -> None:
    """Raises EventError for what cannot be used, and for rules that no worker should expand."""
    if not uid or "\x00" in uid:
        raise EventError(_("it has no UID"))
    for event in events:
        broken = [(name, text) for name, text in event.errors if name in NEEDED]
        if broken:
            said = {"property": broken[0][0] or _("a line"), "problem": str(broken[0][1])[:200]}
            raise EventError(_("%(property)s cannot be read (%(problem)s)") % said)
        if "DTSTART" not in event:
            raise EventError(_("it has no DTSTART"))
        _check_times(event)
        _check_zone(event)
        for rule in _listed(event.get("RRULE")):
            _check_rule(rule)


def _check_times(event: Event) -> None:
    """Here and not for each occurrence: the library would turn an event round that ends before it begins."""
    try:
        start, in_order = event.start, event.end > event.start
    except (ValueError, TypeError) as error:
        raise EventError(
            _("its start and end cannot be worked out (%(error)s)") % {"error": str(error)[:200]}
        ) from error
    if start.year < EARLIEST:
        raise EventError(_("it begins before %(year)d") % {"year": EARLIEST})
    if not in_order:
        raise EventError(_("it ends before it begins, or at once"))


def _check_zone(event: Event) -> None:
    """A zone that nobody knows would make it a time on the clocks of this place, which it is not."""
    for name in ("DTSTART", "DTEND", "RECURRENCE-ID"):
        for value in _listed(event.get(name)):
            zone = value.params.get("TZID")
            if zone and isinstance(value.dt, datetime) and value.dt.tzinfo is None:
                raise EventError(_("its time zone %(zone)s is not known; the file must define it") % {"zone": zone})


def _check_rule(rule: Any) -> None:
    if not {str(freq).upper() for freq in rule.get("FREQ", [])} <= FREQUENCIES:
        raise EventError(_("it repeats more often than daily; write the shifts of a day one by one"))
    if any(len(_listed(rule.get(part))) > 1 for part in WITHIN_A_DAY):
        raise EventError(_("it repeats within a day; write the shifts of a day one by one"))


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return list(value) if isinstance(value, list) else [value]


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone)


def _moment(value: date, zone: ZoneInfo) -> datetime:
    """As an instant; what has no time zone is read on the clocks of `zone`, a day begins at its midnight."""
    if not isinstance(value, datetime):
        return _midnight(value, zone).astimezone(UTC)
    return (value if value.tzinfo else value.replace(tzinfo=zone)).astimezone(UTC)


def _zone_of(value: date, default: ZoneInfo) -> ZoneInfo:
    """The zone whose clocks the shift is told on: its own if that has a known name, never plain UTC."""
    info = value.tzinfo if isinstance(value, datetime) else None
    name = (tzid_from_tzinfo(info) or "") if info else ""
    return ZoneInfo(name) if name != "UTC" and name and is_zone(name) else default


def _short(uid: str) -> str:
    """At most 150 characters, and still one of its kind."""
    return uid if len(uid) <= 150 else f"{uid[:85]}{hashlib.sha256(uid.encode()).hexdigest()}"


def _planned(occurrence: Event, events: Sequence[Event]) -> date:
    """When it was meant to begin, wherever it was moved to, alone or with all that follow."""
    given = occurrence.get("RECURRENCE-ID")
    if given is None:
        return occurrence.start
    if given.params.get("RANGE", "").upper() != "THISANDFUTURE":
        return given.dt
    moves = [event for event in events if (at := event.get("RECURRENCE-ID")) is not None and at.dt == given.dt]
    newest = max(moves, key=lambda event: int(event.get("SEQUENCE") or 0))
    return occurrence.start - (newest.start - given.dt)


def _text(event: Event, name: str, most: int) -> str:
    return str(event.get(name) or "").replace("\x00", "").strip()[:most]


def _is_private(event: Event) -> bool:
    """By its CLASS (RFC 5545, 3.8.1.3): whatever is not public, a value that nobody knows included."""
    return str(event.get("CLASS") or "PUBLIC").strip().upper() != "PUBLIC"


def _people(event: Event) -> list[tuple[str, str]]:
    """(e-mail address, name) of whoever works; those who declined, rooms and things do not."""
    people = []
    for attendee in _listed(event.get("ATTENDEE")):
        params = attendee.params
        if params.get("PARTSTAT", "").upper() == "DECLINED" or params.get("CUTYPE", "").upper() in NOT_WORKING:
            continue
        scheme, _colon, address = str(attendee).partition(":")
        email = address.strip() if scheme.lower() == "mailto" else ""
        name = str(params.get("CN", "")).replace("\x00", "").strip() or email
        if email or name:
            people.append((email[:254], name[:200]))
    return people


def _categories(event: Event) -> list[str]:
    return [str(word) for one in _listed(event.get("CATEGORIES")) for word in getattr(one, "cats", [one])]


def _written(event: Event) -> str:
    try:
        return event.to_ical().decode()
    except Exception:  # a broken event may not even be written again
        return repr(dict(event))
