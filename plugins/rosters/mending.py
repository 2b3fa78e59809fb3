"""One event of a calendar as it was mended by hand, in a calendar of its own: the head and the time zones of the
calendar that it came with (RFC 5545, 3.4 to 3.6). What is wrong is told by line and property."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from icalendar import Event
from icalendar.parser import Contentline

from plugins.rosters.calendars import WHOLE, ZONE, ZONE_NAME, text_of
from plugins.rosters.ical import NEEDED, OF_SINGLE_EVENTS
from plugins.rosters.items import IcalSettings
from portal.ingestion.adapter import CannotFix

BREAK = re.compile(r"\r\n|\r|\n")
UID = re.compile(r"^UID(?:;[^:\r\n]*)?:[ \t]*([^\r\n]*?)[ \t]*\r?$", re.MULTILINE | re.IGNORECASE)
ON_TOP = ("VEVENT", "VTIMEZONE")
_MOMENT: Any = gettext_lazy("write a time as 20261231T073000, in UTC with a Z behind it, and a day as 20261231")
HOW: dict[str, Any] = {
    "DTSTART": _MOMENT, "DTEND": _MOMENT, "RDATE": _MOMENT, "EXDATE": _MOMENT, "RECURRENCE-ID": _MOMENT,
    "DURATION": gettext_lazy("write eight hours as PT8H, a day as P1D"),
    "RRULE": gettext_lazy("write it as FREQ=WEEKLY;BYDAY=MO,TU;COUNT=10"),
}  # fmt: skip


@dataclass(frozen=True)
class Line:
    """A line without folds, and the number at which it begins."""

    number: int
    text: str

    @property
    def name(self) -> str:
        return re.split("[:;]", self.text, maxsplit=1)[0].strip().upper()

    @property
    def value(self) -> str:
        return self.text.partition(":")[2].strip()


def calendar_around(raw: str, delivered: bytes, settings: IcalSettings) -> bytes:
    """A calendar with the VEVENTs of one series, and what they need of the delivered one. Raises CannotFix,
    UnreadablePayload."""
    lines = list(_lines(raw))
    events = _events(lines)
    uid = _uid_of(events)
    for event in events:
        _check_values(event)
    defined = {name[2].strip() for zone in ZONE.findall(raw) if (name := ZONE_NAME.search(zone))}
    head, zones = _around(uid, text_of(delivered, settings))
    wanted = [zone for zone in zones if not ((name := ZONE_NAME.search(zone)) and name[2].strip() in defined)]
    parts = ["BEGIN:VCALENDAR", *head, *(zone.rstrip("\r") for zone in wanted), *(line.text for line in lines)]
    return codecs.BOM_UTF8 + "\r\n".join([*parts, "END:VCALENDAR", ""]).encode("utf-8", "replace")


def _lines(raw: str) -> Iterator[Line]:
    """Without folds and empty lines. Raises CannotFix for what is no line of a calendar."""
    found: list[tuple[int, str]] = []
    for number, text in enumerate(BREAK.split(raw.removeprefix("\ufeff")), start=1):
        if text[:1] in (" ", "\t") and found and text.strip():
            found[-1] = (found[-1][0], found[-1][1] + text[1:])
        elif text.strip():
            found.append((number, text.rstrip()))
    for number, text in found:
        try:
            Contentline(text).parts()
        except ValueError as error:
            said = {"line": number, "text": text[:60]}
            raise CannotFix(_("Line %(line)d, “%(text)s”, is not written as NAME:value.") % said) from error
        yield Line(number, text)


def _events(lines: Sequence[Line]) -> list[list[Line]]:
    """The lines of each VEVENT, from BEGIN to END. Raises CannotFix unless all stand where they belong."""
    events: list[list[Line]] = []
    within: list[Line] = []
    for line in lines:
        if not within:
            _check_begin(line)
            events += [[]] if line.value.upper() == "VEVENT" else []
        within += [line] if line.name == "BEGIN" else []
        if within[0].value.upper() == "VEVENT":
            events[-1].append(line)
        if line.name == "END":
            _check_end(within.pop(), line)
    if within:
        said = {"what": within[-1].value, "line": within[-1].number}
        raise CannotFix(_("What line %(line)d begins has no end; write END:%(what)s.") % said)
    if not events:
        raise CannotFix(_("There is no event here; write it from BEGIN:VEVENT to END:VEVENT."))
    return events


def _check_begin(line: Line) -> None:
    """Of what stands in nothing else."""
    if line.name != "BEGIN":
        raise CannotFix(_("Line %(line)d stands outside the event; begin with BEGIN:VEVENT.") % {"line": line.number})
    if line.value.upper() not in ON_TOP:
        said = {"line": line.number, "what": line.value}
        raise CannotFix(
            _("Line %(line)d begins %(what)s; give the event only, from BEGIN:VEVENT to END:VEVENT.") % said
        )


def _check_end(begun: Line, line: Line) -> None:
    if begun.value.upper() != line.value.upper():
        said = {"line": line.number, "what": line.value, "begun": begun.value}
        raise CannotFix(_("Line %(line)d ends %(what)s; END:%(begun)s comes first.") % said)


def _own(event: Sequence[Line]) -> Iterator[Line]:
    """Its properties, without those of its alarms."""
    depth = 0
    for line in event:
        depth += (line.name == "BEGIN") - (line.name == "END")
        if depth == 1 and line.name not in ("BEGIN", "END"):
            yield line


def _uid_of(events: Sequence[Sequence[Line]]) -> str:
    """The one UID of them all. Raises CannotFix."""
    found: list[Line] = []
    for event in events:
        own = [line for line in _own(event) if line.name == "UID"]
        if len(own) != 1 or not own[0].value:
            said = {"line": (own or event)[-1 if own else 0].number}
            raise CannotFix(_("The event at line %(line)d needs one UID: the name that it always has.") % said)
        found += own
    if other := next((line for line in found if line.value != found[0].value), None):
        said = {"line": other.number, "uid": found[0].value[:100]}
        raise CannotFix(_("Line %(line)d has another UID than %(uid)s; give the events of one series only.") % said)
    return found[0].value


def _check_values(event: Sequence[Line]) -> None:
    """Raises CannotFix for a value without which the event cannot be used."""
    try:
        errors = Event.from_ical("\r\n".join(line.text for line in event) + "\r\n").errors
    except (ValueError, KeyError, IndexError, AttributeError) as error:
        said = {"line": event[0].number, "error": " ".join(str(error).split())[:200]}
        raise CannotFix(_("The event at line %(line)d cannot be read (%(error)s).") % said) from error
    for name, problem in errors:
        if name in NEEDED:
            mine = [line for line in _own(event) if line.name == name]
            line = next((one for one in mine if one.value in str(problem)), (mine or event)[0])
            said = {"line": line.number, "text": line.text[:60], "how": HOW.get(str(name), problem)}
            raise CannotFix(_("Line %(line)d, “%(text)s”, cannot be read; %(how)s.") % said)


def _around(uid: str, delivered: str) -> tuple[list[str], list[str]]:
    """(properties, time zones) of the calendar with this UID, else what all of the file have. Raises CannotFix."""
    calendars = WHOLE.findall(delivered) or [delivered]
    found = [text for text in calendars if uid in UID.findall(text)] or calendars
    around = [(_head(text), ZONE.findall(text)) for text in found]
    if any(other != around[0] for other in around[1:]):
        raise CannotFix(
            _("The file has several calendars, and nobody can tell to which this belongs; give it the UID it had.")
        )
    methods = {line.partition(":")[2].strip().upper() for line in around[0][0] if line.upper().startswith("METHOD")}
    if methods & OF_SINGLE_EVENTS:
        raise CannotFix(_("It came with a message that changes single events; mend it at the source."))
    return around[0]


def _head(calendar: str) -> list[str]:
    """The properties of the calendar itself."""
    depth, found = 0, []
    for line in BREAK.split(calendar):
        begins, ends = (line.upper().lstrip("\ufeff").startswith(word) for word in ("BEGIN:", "END:"))
        depth += begins - ends
        if depth == 1 and not begins and not ends and line.strip():
            found.append(line)
    return found
