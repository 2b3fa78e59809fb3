"""Somebody's shifts as a calendar to subscribe to (RFC 5545, with the properties of RFC 7986)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from icalendar import Calendar, Event

from plugins.rosters.duties import notes_of, state_of
from plugins.rosters.models import Feed, Shift
from plugins.rosters.private import in_full
from portal.people.models import Person
from portal.social.text import tidy

DAYS_BACK, DAYS_AHEAD = 30, 120
# How often a calendar may ask, and how often what it asks is noted.
REFRESH = timedelta(hours=1)


def person_of(secret_hash: str) -> Person | None:
    """Whose address it is; None if it is nobody's."""
    feed = Feed.objects.select_related("person").filter(secret_hash=secret_hash).first()
    return feed.person if feed else None


def shifts_in_feed(person: Person) -> list[Shift]:
    """The person's own, as far as they may read them, from a month ago to four months ahead; one query."""
    now = timezone.now()
    within = (now - timedelta(days=DAYS_BACK), now + timedelta(days=DAYS_AHEAD))
    return in_full(Shift.objects.of(person).filter(starts_at__range=within).for_lists(), person)


def calendar_of(person: Person, shifts: Iterable[Shift]) -> bytes:
    """The calendar in the person's language. The same shifts give the same bytes."""
    with translation.override(person.language or settings.LANGUAGE_CODE):
        calendar = Calendar()
        name = _("My shifts")
        calendar.add("version", "2.0")
        calendar.add("prodid", "-//Folkmoot//Rosters//EN")
        calendar.add("calscale", "GREGORIAN")
        calendar.add("method", "PUBLISH")
        calendar.add("name", name)
        calendar.add("x-wr-calname", name)
        calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
        calendar.add("x-published-ttl", "PT1H")
        for shift in shifts:
            calendar.add_component(event_of(shift))
        return calendar.to_ical()


def event_of(shift: Shift) -> Event:
    """Moments are in UTC: so an hour that the clocks show twice is told apart, and no zone need be defined.

    Text goes without control characters, which no line of a calendar may hold; the library escapes the rest.
    """
    event = Event()
    event.add("uid", f"shift-{shift.pk}@{urlsplit(settings.FOLKMOOT_BASE_URL).hostname}")
    event.add("dtstamp", _changed_at(shift))
    event.add("last-modified", _changed_at(shift))
    event.add("sequence", shift.sequence)
    if shift.all_day:
        event.add("dtstart", shift.starts.date())
        event.add("dtend", max(shift.ends.date(), shift.starts.date() + timedelta(days=1)))
    else:
        event.add("dtstart", shift.starts_at.astimezone(UTC))
        event.add("dtend", shift.ends_at.astimezone(UTC))
    state = state_of(shift)
    event.add("summary", tidy(f"{state}: {shift.title}" if state else shift.title))
    event.add("location", tidy(shift.department.name))
    event.add("description", tidy("\n".join(part for part in (shift.note, *notes_of(shift), _zone(shift)) if part)))
    event.add("url", f"{settings.FOLKMOOT_BASE_URL}{shift.get_absolute_url()}")
    event.add("status", "CONFIRMED" if shift.stands else "CANCELLED")
    event.add("transp", "OPAQUE" if shift.stands else "TRANSPARENT")
    event.add("class", "PRIVATE")
    return event


def etag_of(body: bytes) -> str:
    return f'"{hashlib.sha256(body).hexdigest()[:32]}"'


def _changed_at(shift: Shift) -> datetime:
    return max(shift.read_at, shift.missing_since or shift.read_at).astimezone(UTC).replace(microsecond=0)


def _zone(shift: Shift) -> str:
    """The times as the place of work says them: a calendar shows them on the clocks of its owner."""
    if shift.all_day:
        return ""
    said = {"from": f"{shift.starts:%H:%M}", "to": f"{shift.ends:%H:%M}", "zone": shift.time_zone}
    return _("%(from)s to %(to)s at work (%(zone)s).") % said
