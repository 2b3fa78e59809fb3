"""What a calendar calls private: everybody sees that somebody works, few what and why."""

from __future__ import annotations

import pytest

from plugins.rosters.blocks import OnDutyBlock, WeekBlock
from plugins.rosters.feeds import calendar_of, shifts_in_feed
from plugins.rosters.models import Shift
from plugins.rosters.privacy import erase, export
from plugins.rosters.quick_answers import my_next_shift
from plugins.rosters.slots import department_week
from plugins.rosters.tests.samples import calendar, cost, event, who
from plugins.rosters.widgets import my_week, on_duty
from portal.catalogue.models import Entry
from portal.host.plugin import QuickQuestion
from portal.notifications.models import Notification
from portal.testing.adapters import deliver
from search import sweeps
from tests import factories
from tests.cast import logged_in

NOW = "2026-11-24 12:00+02:00"
SECRET = ["Xenotherapy", "Quarantine", "zylophone"]
WORDS = ("DESCRIPTION:Quarantine", "URL:https://rota.example/zylophone")
NIGHT = ("20261124T0700", "20261124T1530")


def private(uid: str, *lines: str, mark: str = "CLASS:PRIVATE", times: tuple[str, str] = NIGHT) -> str:
    return event(uid, *times, mark, *WORDS, *lines, summary="Xenotherapy")


@pytest.fixture
def erik(emergency):
    return factories.person("erik", departments=[emergency])


@pytest.fixture
def rota(source, alice, bob, erik, at, settings):
    settings.TIME_ZONE, settings.ELASTICSEARCH_URL = "Europe/Tallinn", ""
    deliver(source, calendar(private("p", who("bob")), private("o", mark="CLASS:CONFIDENTIAL")), sent_at=at(NOW))
    while sweeps.database():
        pass
    return source


def doors(person, emergency, rf):
    """All that somebody can read of it, as one text."""
    client, request = logged_in(person), rf.get("/")
    request.user = person
    texts = [
        client.get(address, asked).content.decode()
        for address, asked in [
            ("/app/rosters/", {}),
            ("/app/rosters/team/", {"week": "2026-W48", "department": emergency.url_path}),
            ("/app/rosters/on-duty/", {}),
            ("/app/rosters/open/", {}),
            ("/api/v1/rosters/shifts/", {}),
            ("/api/v1/rosters/on-duty/", {}),
            ("/api/v1/content/", {"kind": "automated"}),
            ("/departments/" + emergency.url_path + "/", {}),
        ]
    ]
    texts += [my_week(request), on_duty(request), department_week(request, emergency)]
    for block in (OnDutyBlock(), WeekBlock()):
        texts.append(block.render(block.to_python({"department": emergency.pk}), context={"request": request}))
    return "\n".join(texts)


def test_colleagues_see_that_somebody_works_and_not_what(rota, erik, emergency, rf):
    text = doors(erik, emergency, rf)
    assert "Bob Berg" in text
    assert [word for word in SECRET if word in text] == []


@pytest.mark.parametrize("name", ["alice", "bob"])
def test_whoever_works_it_and_the_head_read_all_of_it(name, rota, emergency, rf, request):
    text = doors(request.getfixturevalue(name), emergency, rf)
    assert [word for word in SECRET if word in text] == SECRET


def test_search_finds_nobody_by_it(rota, erik, alice, bob):
    assert Entry.objects.filter(plugin="rosters").count() == 2
    for entry in Entry.objects.filter(plugin="rosters"):
        stored = "\n".join([entry.title, entry.summary, entry.body, str(entry.facets)])
        assert [word for word in SECRET if word in stored] == []
    for word in SECRET:
        assert logged_in(erik).get("/api/v1/search/", {"q": word}).json()["results"] == []


@pytest.mark.parametrize(
    ("mark", "kept"), [("CLASS:PUBLIC", False), ("X-A:b", False), ("CLASS:confidential", True), ("CLASS:X-OURS", True)]
)
def test_what_is_not_called_public_is_private(mark, kept, source, at):
    deliver(source, calendar(private("p", mark=mark)), sent_at=at(NOW))
    shift = Shift.objects.get()
    words = {"title": "Xenotherapy", "note": "Quarantine", "link": "https://rota.example/zylophone"}
    assert (shift.own_words, shift.title) == ((words, "Shift") if kept else ({}, "Xenotherapy"))


def test_each_occurrence_says_so_by_itself(source, at):
    series = event("s", *NIGHT, "RRULE:FREQ=DAILY;COUNT=2")
    at_noon = private(
        "s", "RECURRENCE-ID;TZID=Europe/Tallinn:20261125T070000", times=("20261125T0700", "20261125T1530")
    )
    deliver(source, calendar(series, at_noon), sent_at=at(NOW))
    assert [shift.title for shift in Shift.objects.order_by("starts_at")] == ["Day shift", "Shift"]


def test_what_was_public_is_taken_back(source, erik, emergency, rf, at, settings):
    settings.TIME_ZONE = "Europe/Tallinn"
    deliver(source, calendar(private("p", mark="CLASS:PUBLIC")), sent_at=at(NOW))
    assert "Quarantine" in doors(erik, emergency, rf)
    deliver(source, calendar(private("p")), sent_at=at("2026-11-24 12:01+02:00"))
    assert [word for word in SECRET if word in doors(erik, emergency, rf)] == []


def test_the_own_calendar_answers_and_notifications_say_it(rota, bob, at):
    assert b"Xenotherapy" in calendar_of(bob, shifts_in_feed(bob))
    [answer] = my_next_shift(bob, QuickQuestion(words=("shift",)))
    assert "Xenotherapy" in answer.detail
    more = private("n", who("bob"), times=("20261126T0700", "20261126T1530"))
    deliver(rota, calendar(private("p", who("bob")), more), sent_at=at("2026-11-24 12:01+02:00"))
    assert [change["title"] for change in Notification.objects.get(person=bob).data["changes"]] == ["Xenotherapy"]


def test_export_has_it_and_erasure_takes_it(rota, bob):
    assert export(bob)["shifts"][0]["title"] == "Xenotherapy"
    erase(bob, acting_person=None)
    assert not Shift.objects.filter(name="somebody who left").exclude(own_words={}).exists()


def test_it_costs_no_query_more(rota, alice, rf, emergency, settings):
    settings.FOLKMOOT_STAMP_SECONDS = 3600
    request = rf.get("/")
    request.user = alice
    department_week(request, emergency)
    assert cost(lambda: department_week(request, emergency)) == 1
