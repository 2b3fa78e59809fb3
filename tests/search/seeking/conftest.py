"""Days that pass, people who seek, and what is shown of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.utils import timezone, translation

from portal.people.models import Person
from search.query import SearchRequest, SearchResult
from search.seeking import noting
from search.seeking.counting import count_days
from search.seeking.models import Figure
from search.seeking.rounds import key_of
from tests import factories
from tests.cast import logged_in


@pytest.fixture
def on_day(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Makes it noon of a day."""

    def move(day: str) -> None:
        moment = datetime.combine(date.fromisoformat(day), datetime.min.time(), UTC).replace(hour=12)
        monkeypatch.setattr(timezone, "now", lambda: moment)

    move("2026-10-05")
    return move


@pytest.fixture
def people(organisation: Any) -> list[Person]:
    """Thirty colleagues."""
    return [factories.person(f"seeker{number}") for number in range(30)]


def seek(person: Person, q: str, *, found: int = 3, click: int = 0, clickable: bool = True, **asked: Any) -> None:
    """One search in English, and the opening of the result at a position if `click` gives one."""
    with translation.override("en"):
        request = SearchRequest(person=person, q=q, **asked)
        noting.note_search(request, SearchResult(count=found, engine="database"), clickable=clickable)
        noting.flush()
        if click:
            noting.note_click(person, q, click)


def all_seek(those: Iterable[Person], q: str, **how: Any) -> None:
    for person in those:
        seek(person, q, **how)


def apart(people: Iterable[Person], phrase: str) -> list[Person]:
    """Those of them who sit on different seats for a phrase this month: two on one seat count once, by chance."""
    key = key_of(timezone.localdate())
    assert key is not None
    seats = {key.seat(person.pk, phrase, "en"): person for person in people}
    return list(seats.values())


def figures(phrase: str, measure: str = "sought", *, first: str = "2026-01-01", last: str = "2027-12-31") -> list[int]:
    """What is shown of a phrase in a period, in the order of time."""
    shown = Figure.objects.shown().within(date.fromisoformat(first), date.fromisoformat(last))
    rows = shown.filter(phrase=phrase, measure=measure).order_by("first_day")
    return list(rows.values_list("count", flat=True))


@pytest.fixture
def night(on_day: Callable[[str], None]) -> Callable[[str], None]:
    """Moves to a day and does the job of the night before it."""

    def pass_until(day: str) -> None:
        on_day(day)
        count_days()

    return pass_until


@pytest.fixture
def publish_one(organisation: Any, settings: Any) -> None:
    """Something about blood that everybody finds."""
    from portal.catalogue.models import Topic
    from search import sweeps

    settings.ELASTICSEARCH_URL = ""
    factories.entry(obj=Topic.objects.create(name="Blood", slug="blood"), title="Blood bank", url="/people/bob/")
    while sweeps.database():
        pass


@pytest.fixture
def eve(organisation: Any, on_day: Any) -> Person:
    """An editor of the intranet, who belongs to no department in particular."""
    person = factories.person("eve", departments=[organisation])
    person.groups.add(Group.objects.get(name="Editors"))
    return person


@pytest.fixture
def as_eve(eve: Person) -> Client:
    return logged_in(eve)
