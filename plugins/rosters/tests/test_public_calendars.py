"""Calendars that others test their readers with: each is read or refused in words, and nothing in it is lost."""

from __future__ import annotations

import importlib
import io
import re
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import icalendar
import pytest
import recurring_ical_events
from django.utils import timezone

from plugins.rosters.adapters import RosterIcal
from plugins.rosters.ical import window_of
from plugins.rosters.items import IcalSettings
from portal.ingestion.adapter import Item, Rejection, UnreadablePayload
from portal.ingestion.models import Source
from tests.suites import files, folder

pytestmark = pytest.mark.filterwarnings("ignore")  # the files provoke warnings of the libraries on purpose

TALLINN = ZoneInfo("Europe/Tallinn")
SETTINGS = {"days_back": 366, "days_ahead": 366, "time_zone": "Europe/Tallinn"}
FIRST = re.compile(rb"BEGIN:VEVENT.*?DTSTART[^\r\n]*?(\d{8})", re.DOTALL)
ZONES = re.compile(rb"BEGIN:VTIMEZONE.*?END:VTIMEZONE\s*", re.DOTALL)
INSTALLED = {"icalendar": 160, "recurring_ical_events": 90}
# Files on which the two differ, and why vobject is not followed.
KNOWN = {
    "issue_113_period_in_rdate.ics": "it passes over an RDATE with a PERIOD",
    "issue_1426.ics": "the same",
    "issue_1426_value_parameters.ics": "the same",
    "period_with_timezone.ics": "the same",
    "issue_313_globally_unique_tzid.ics": "it takes a zone that it does not know for no zone",
    "issue_466_convert_tzid_with_slash.ics": "the same",
    "issue_526_calendar_with_different_events.ics": "the same; here such an event is refused",
    "issue_526_calendar_with_event_subset.ics": "the same",
    "issue_526_calendar_with_events.ics": "the same",
    "issue_526_calendar_with_shuffeled_events.ics": "the same",
    "multiple_rrule.ics": "of two rules it lets one count a DTSTART that is in the other",
    "vobject_0050.ics": "it passes over the blank before a DTEND, for which the event is refused here",
}


def calendars(package: str) -> list[Path]:
    """The calendars that a package carries; those of the dependencies are installed with them."""
    if package not in INSTALLED:
        return files(package, "*.ics")
    found = sorted(Path(str(importlib.import_module(package).__file__)).parent.rglob("*.ics"))
    assert len(found) >= INSTALLED[package]
    return found


@pytest.fixture(scope="module")
def known() -> dict[Path, list[Item | Rejection] | UnreadablePayload]:
    """What was read of each file: more than one test compares it."""
    return {}


@pytest.fixture
def read(monkeypatch, known):
    """Reads a file as if its first event were today, which it is from then on."""

    def read_it(path: Path) -> list[Item | Rejection]:
        found = FIRST.search(path.read_bytes())
        try:
            day = datetime.strptime(found[1].decode(), "%Y%m%d") if found else datetime(2026, 11, 24)
        except ValueError:
            day = datetime(2026, 11, 24)
        now = day.replace(hour=12, tzinfo=UTC)
        monkeypatch.setattr(timezone, "now", lambda: now)
        if path not in known:
            try:
                known[path] = list(RosterIcal().read(io.BytesIO(path.read_bytes()), Source(settings=SETTINGS)))
            except UnreadablePayload as error:
                known[path] = error
        if isinstance(parts := known[path], UnreadablePayload):
            raise parts
        return parts

    return read_it


def series_of(path: Path) -> dict[str, list[Any]]:
    """The events of a file by their names."""
    found: dict[str, list[Any]] = {}
    # A broken time zone costs itself only, which the library alone does not know.
    calendars_of_file = icalendar.Calendar.from_ical(ZONES.sub(b"", path.read_bytes()), multiple=True)
    for event in (event for one in calendars_of_file for event in one.walk("VEVENT")):
        found.setdefault(str(event.get("UID") or ""), []).append(event)
    return found


def is_told(uid: str, parts: list[Item | Rejection]) -> bool:
    """Whether there is a shift of this name, or word why there is none."""
    for part in parts:
        if isinstance(part, Rejection):
            if uid in (part.external_id, part.position.removeprefix("event ")):
                return True
        elif part.external_id == uid or part.external_id.startswith(f"{uid}/"):
            return True
    return False


def happens(events: list[Any]) -> bool:
    """Whether any of it is within the days that are read."""
    alone = icalendar.Calendar()
    for event in events:
        alone.add_component(event)
    return bool(recurring_ical_events.of(alone).between(*window_of(IcalSettings(**SETTINGS))))


@pytest.mark.parametrize("package", [*INSTALLED, "vobject"])
def test_every_public_calendar_is_read_or_refused_and_nothing_in_it_is_lost(package, read):
    lost = []
    for path in calendars(package):
        try:
            parts = read(path)
        except UnreadablePayload:
            continue
        series = series_of(path)
        nameless = [part for part in parts if isinstance(part, Rejection) and part.reason == "it has no UID"]
        assert len(nameless) == len(series.pop("", [])), path.name
        lost += [f"{path.name}: {uid}" for uid, events in series.items() if not is_told(uid, parts) and happens(events)]
    assert lost == []


def moment(value: date) -> datetime:
    whole = value if isinstance(value, datetime) else datetime(value.year, value.month, value.day)
    return (whole if whole.tzinfo else whole.replace(tzinfo=TALLINN)).astimezone(UTC)


def by_vobject(vobject: Any, path: Path) -> Iterator[tuple[str, Any]]:
    """Events without exceptions, which it does not work out, by name; nothing of files that it cannot read."""
    found: dict[str, list[Any]] = {}
    try:
        for event in vobject.readOne(path.read_bytes().decode()).vevent_list:
            found.setdefault(event.uid.value, []).append(event)
    except Exception:
        return
    for uid, events in found.items():
        if len(events) == 1 and not hasattr(events[0], "recurrence_id"):
            yield uid, events[0]


def starts_by_vobject(event: Any) -> set[datetime] | None:
    """When the event begins within the window; None if it does not last or vobject cannot tell."""
    start, end = window_of(IcalSettings(**SETTINGS))
    try:
        first = event.dtstart.value
        length = event.dtend.value - first if hasattr(event, "dtend") else event.duration.value
        rules = event.getrruleset(addRDate=True)
        wide = start - timedelta(days=40), end + timedelta(days=2)
        if not (isinstance(first, datetime) and first.tzinfo):
            wide = wide[0].replace(tzinfo=None), wide[1].replace(tzinfo=None)
        begins = [first] if rules is None else rules.between(*wide, inc=True)
    except (AttributeError, TypeError, ValueError):
        return None
    if length <= timedelta(0):
        return None
    return {one for one in map(moment, begins) if one < end and one + length > start}


@pytest.fixture
def vobject(monkeypatch) -> Any:
    """The other implementation: on python-dateutil, with its own reading of time zones."""
    monkeypatch.syspath_prepend(str(next(folder("vobject").glob("vobject-*"))))
    yield importlib.import_module("vobject")
    for name in [name for name in sys.modules if name.partition(".")[0] == "vobject"]:
        del sys.modules[name]


@pytest.mark.parametrize(("package", "least"), [("icalendar", 15), ("recurring_ical_events", 700), ("vobject", 4)])
def test_what_repeats_begins_when_another_implementation_says(package, least, read, vobject):
    compared, differ = 0, []
    for path in calendars(package):
        try:
            parts = read(path)
        except UnreadablePayload:
            continue
        if path.name in KNOWN:
            continue
        for uid, event in by_vobject(vobject, path):
            theirs = starts_by_vobject(event)
            if theirs is None:
                continue
            mine = {item.starts_at for item in parts if not isinstance(item, Rejection)
                    and (item.external_id == uid or item.external_id.startswith(f"{uid}/"))}  # fmt: skip
            compared += 1
            differ += [f"{path.name}: {uid}"] * (mine != theirs)
    assert differ == []
    assert compared >= least, compared
