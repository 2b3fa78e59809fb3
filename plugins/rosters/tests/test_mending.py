"""An event that was refused is mended as it was written, and goes in with all that its calendar says of it."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError

from plugins.rosters.models import Shift
from plugins.rosters.tests.samples import calendar, event, on, who
from plugins.rosters.tests.test_adapters import OWN_ZONE
from portal.ingestion.fixing import fix_rejected, why_not
from portal.ingestion.models import RejectedItem
from portal.testing.adapters import deliver, make_source

GOOD = event("one@rota", on(1), on(1, "1530"), who("bob"))
BAD = event("two@rota", on(2), on(2, "1530"), who("alice")).replace("DTEND;TZID=Europe/Tallinn:", "DTEND:someday ")


@pytest.fixture
def rejected(source):
    """Delivers these parts and gives what was refused of them."""

    def of(*parts: str) -> RejectedItem:
        deliver(source, calendar(*parts))
        return RejectedItem.objects.select_related("source").get(state="open")

    return of


def mended(item: RejectedItem, old: str = "", new: str = "") -> str:
    return fix_rejected(item, item.raw.replace(old, new) if old else item.raw, acting_person=None)


def names():
    return sorted(Shift.objects.filter(missing_since=None).values_list("external_id", flat=True))


def test_it_is_kept_as_it_was_written_and_goes_in_when_it_is_mended(rejected):
    item = rejected(GOOD, BAD)
    assert item.raw == BAD.replace("\r\n", "\n")
    assert not why_not(item)
    assert mended(item, "DTEND:someday ", "DTEND;TZID=Europe/Tallinn:") == "two@rota went in."
    assert names() == ["one@rota", "two@rota"]
    shift = Shift.objects.get(external_id="two@rota")
    assert shift.ends_at - shift.starts_at == Shift.objects.get(external_id="one@rota").ends_at - Shift.objects.get(
        external_id="one@rota").starts_at  # fmt: skip


def test_a_series_goes_in_as_a_whole_with_its_exceptions(rejected):
    series = event("s@rota", on(1), on(1, "1530"), "RRULE:FREQ=FORTNIGHTLY;COUNT=3")
    moved = event("s@rota", on(3), on(3, "2200"), f"RECURRENCE-ID;TZID=Europe/Tallinn:{on(2)}00")
    item = rejected(series, moved)
    assert item.raw.count("BEGIN:VEVENT") == 2
    assert mended(item, "FORTNIGHTLY", "DAILY") == "3 items went in."
    assert len(names()) == 3


def test_times_are_on_the_clocks_of_a_zone_that_its_file_defines(rejected):
    bad = event("z@rota", on(1), on(1, "1530"), zone="Rota East").replace("DTEND;TZID=Rota East:", "DTEND:someday ")
    plain = event("p@rota", on(1), on(1, "1530"))
    item = rejected(OWN_ZONE, plain, bad)
    assert "TZID=Rota East" in item.raw  # by the name that the file has for it
    assert "went in" in mended(item, "DTEND:someday ", "DTEND;TZID=Rota East:")
    shift, same = Shift.objects.get(external_id="z@rota"), Shift.objects.get(external_id="p@rota")
    assert (shift.starts_at, shift.ends_at) == (same.starts_at, same.ends_at)


def test_a_zone_may_come_with_it(rejected):
    item = rejected(event("z@rota", on(1), on(1, "1530"), zone="Rota East"))
    assert "not known" in item.reason
    with pytest.raises(ValidationError, match="time zone Rota East is not known"):
        mended(item)
    assert fix_rejected(item, OWN_ZONE + item.raw, acting_person=None) == "z@rota went in."


def test_the_zone_that_a_calendar_names_for_all_counts(emergency):
    source = make_source("rosters.ical", slug="named", department=emergency)
    head = "X-WR-TIMEZONE:Asia/Tokyo\r\n"
    good = event("good", on(1, "0000"), on(1, "0800"), zone="")
    deliver(source, calendar(head, good, good.replace("UID:good", "UID:bad").replace("DTEND:", "DTEND:x")))
    mended(RejectedItem.objects.select_related("source").get(), "DTEND:x", "DTEND:")
    good, bad = (Shift.objects.get(external_id=name) for name in ("good", "bad"))
    assert (bad.starts_at, bad.time_zone) == (good.starts_at, good.time_zone)


def test_of_several_calendars_it_is_the_one_with_its_name_or_what_all_have(source):
    tokyo, tallinn = (f"X-WR-TIMEZONE:{zone}\r\n" for zone in ("Asia/Tokyo", "Europe/Tallinn"))
    good = event("good", on(1, "0000"), on(1, "0800"), zone="")
    bad = good.replace("UID:good", "UID:bad").replace("DTEND:", "DTEND:x")
    deliver(source, calendar(tallinn, good) + calendar(tokyo, good.replace("UID:good", "UID:far"), bad))
    item = RejectedItem.objects.select_related("source").get()
    with pytest.raises(ValidationError, match="several calendars"):
        fix_rejected(item, item.raw.replace("DTEND:x", "DTEND:").replace("UID:bad", "UID:else"), acting_person=None)
    mended(item, "DTEND:x", "DTEND:")
    assert Shift.objects.get(external_id="bad").starts_at == Shift.objects.get(external_id="far").starts_at


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("", "", "Line 5, “DTEND:someday .*”, cannot be read; write a time as 20261231T073000"),
        (
            "DTEND:someday ",
            "DTEND;TZID=Europe/Tallinn ",
            "Line 5, “DTEND;TZID=Europe/Tallinn 2.*”, cannot be read; write",
        ),
        ("UID:two@rota\n", "two@rota\n", "Line 2, “two@rota”, is not written as NAME:value"),
        ("BEGIN:VEVENT\n", "", "Line 1 stands outside the event"),
        ("END:VEVENT", "", "What line 1 begins has no end; write END:VEVENT"),
        ("END:VEVENT", "END:VALARM", "Line 7 ends VALARM; END:VEVENT comes first"),
        ("BEGIN:VEVENT\n", "BEGIN:VCALENDAR\nBEGIN:VEVENT\n", "Line 1 begins VCALENDAR; give the event only"),
        ("UID:two@rota\n", "", "The event at line 1 needs one UID"),
        ("UID:two@rota\n", "UID:\n", "The event at line 2 needs one UID"),
        ("DTEND:someday ", "RRULE:FREQ=FOO\nX-OLD:", "Line 5, “RRULE:FREQ=FOO”, cannot be read; write it as FREQ="),
        (
            "DTEND:someday ",
            "DURATION:eight hours\nX-OLD:",
            "Line 5, “DURATION:eight hours”, .* write eight hours as PT8H",
        ),
        ("END:VEVENT\n", "END:VEVENT\nBEGIN:VEVENT\nUID:x\nEND:VEVENT\n", "another UID than two@rota"),
        ("DTEND:someday ", "DTEND;TZID=Europe/Tallinn:19991231T000000\nX-OLD:", "ends before it begins"),
        ("DTSTART", "X-START", "Line 5, “DTEND:someday"),
    ],
)
def test_what_is_still_wrong_is_told_by_line_and_changes_nothing(rejected, source, old, new, said):
    item = rejected(GOOD, BAD)
    with pytest.raises(ValidationError, match=said):
        mended(item, old, new)
    item.refresh_from_db()
    assert item.state == "open"
    assert names() == ["one@rota"]
    assert source.runs.count() == 1


@pytest.mark.parametrize(
    "raw", ["", "hello", "BEGIN:VTIMEZONE\nTZID:x\nEND:VTIMEZONE", "\x00", "BEGIN:VEVENT\nEND:VEVENT"]
)
def test_what_is_no_event_is_refused(rejected, raw):
    with pytest.raises(ValidationError):
        fix_rejected(rejected(GOOD, BAD), raw, acting_person=None)


def test_folded_lines_count_as_they_stand(rejected):
    item = rejected(GOOD, BAD)
    folded = item.raw.replace("SUMMARY:", "SUMMARY:a long\n  and folded ")
    with pytest.raises(ValidationError, match="Line 6, “DTEND"):
        fix_rejected(item, folded, acting_person=None)
    folded = folded.replace("DTEND:someday ", "DTEND;TZID=Europe/Tallinn:")
    fix_rejected(item, folded, acting_person=None)
    assert Shift.objects.get(external_id="two@rota").title == "a long and folded Day shift"


def test_what_lies_outside_the_days_that_are_read_is_told(rejected):
    item = rejected(GOOD, event("r@rota", on(-300), on(-300, "1530"), "RRULE:FREQ=FOO;COUNT=2"))
    with pytest.raises(ValidationError, match="Nothing would come of this"):
        mended(item, "FREQ=FOO", "FREQ=DAILY")


def test_what_is_about_the_calendar_is_mended_at_the_source(source):
    deliver(source, calendar("METHOD:ADD\r\n", GOOD, BAD))
    about, item = RejectedItem.objects.select_related("source").order_by("pk")
    assert "about the calendar" in why_not(about)
    with pytest.raises(ValidationError, match="changes single events"):
        mended(item, "DTEND:someday ", "DTEND;TZID=Europe/Tallinn:")
