"""From searches to figures."""

from __future__ import annotations

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from portal.jobs import schedules
from portal.jobs.models import ScheduledJob
from search.query import SearchRequest, SearchResult
from search.seeking import noting, rounds
from search.seeking.counting import count_days
from search.seeking.models import Figure, Round, Sought, Tally
from tests.search.seeking.conftest import all_seek, apart, figures, seek


def test_enough_people_on_one_day_make_a_figure_of_that_day(people, night):
    all_seek(people[:5], "Holiday form")
    assert figures("holiday form") == []
    night("2026-10-06")
    found = Figure.objects.get(measure="sought")
    assert (found.phrase, found.language, found.count, found.people) == ("holiday form", "en", 5, 5)
    assert str(found.first_day) == str(found.last_day) == "2026-10-05"


def test_a_person_who_seeks_again_pages_filters_and_reloads_has_sought_once(people, night):
    all_seek(people[:5], "rota")
    for again in ({"page": 2}, {"kind": "user"}, {}, {"author_id": 3}):
        seek(people[0], "Rota ", **again)
    night("2026-10-06")
    assert figures("rota") == [5]


def test_people_gather_over_days_until_they_are_enough(people, on_day, night):
    people = apart(people, "parking")
    all_seek(people[:2], "parking")
    night("2026-10-06")
    all_seek(people[1:4], "parking")  # one of them again
    night("2026-10-07")
    assert figures("parking") == []
    all_seek(people[4:8], "parking")
    night("2026-10-08")
    assert figures("parking") == [9]
    assert not Tally.objects.filter(phrase="parking", measure="sought").exists()


def test_languages_are_counted_apart(people, night):
    all_seek(people[:5], "info")
    for person in people[5:11]:
        with translation.override("et"):
            request = SearchRequest(person=person, q="info")
            noting.note_search(request, SearchResult(count=1, engine="database"), clickable=True)
            noting.flush()
    night("2026-10-06")
    assert dict(Figure.objects.filter(measure="sought").values_list("language", "count")) == {"en": 5, "et": 6}


def test_without_results_without_a_click_and_with_one_are_told_apart(people, night):
    all_seek(people[:6], "xyzzy", found=0)
    all_seek(people[:7], "canteen")
    all_seek(people[:5], "canteen", click=4)
    all_seek(people[10:18], "canteen", click=1)
    all_seek(people[20:29], "canteen")
    night("2026-10-06")
    assert (figures("xyzzy", "sought"), figures("xyzzy", "nothing"), figures("xyzzy", "unclicked")) == ([6], [6], [])
    assert (figures("canteen", "sought"), figures("canteen", "nothing")) == ([24], [])
    assert (figures("canteen", "clicked"), figures("canteen", "unclicked")) == ([13], [11])
    assert Figure.objects.get(phrase="canteen", measure="clicked").positions == 5 * 4 + 8


def test_only_an_unfiltered_search_says_that_there_is_nothing(people, night):
    all_seek(people[:5], "minutes", found=0, kind="managed")
    all_seek(people[:5], "hours", found=0)
    all_seek(people[:5], "hours", found=2)  # published meanwhile
    night("2026-10-06")
    assert (figures("minutes", "sought"), figures("minutes", "nothing")) == ([5], [])
    assert (figures("hours", "sought"), figures("hours", "nothing"), figures("hours", "unclicked")) == ([5], [], [5])


def test_programs_are_not_said_to_open_nothing(people, night):
    all_seek(people[:5], "feed", clickable=False)
    night("2026-10-06")
    assert (figures("feed"), figures("feed", "unclicked")) == ([5], [])


def test_the_first_result_that_was_opened_counts(people, night):
    all_seek(people[:5], "map", click=3)
    all_seek(people[:5], "map", click=1)
    night("2026-10-06")
    assert Figure.objects.get(phrase="map", measure="clicked").positions == 15


def test_a_click_without_a_search_is_nothing(people, on_day):
    noting.note_click(people[0], "never sought", 1)
    assert not Sought.objects.exists()


def test_the_night_runs_late_twice_and_over_several_days_alike(people, on_day, night):
    all_seek(people[:5], "form")
    on_day("2026-10-06")
    others = apart(people, "form")  # too few on each day, so that they are told apart by their seats
    all_seek(others[:3], "form")
    on_day("2026-10-07")
    all_seek(others[3:6], "form")
    night("2026-10-09")
    count_days()
    assert figures("form") == [5, 6]
    assert not Sought.objects.exists()


def test_today_is_not_counted_before_it_is_over(people, night):
    all_seek(people[:9], "today")
    count_days()
    assert figures("today") == []
    assert Sought.objects.count() == 9


def test_a_new_month_forgets_what_had_too_few_people_and_destroys_the_key(people, on_day, night):
    on_day("2026-10-30")
    all_seek(people[:4], "rare")
    all_seek(people[:5], "common")
    night("2026-10-31")
    all_seek(people[5:8], "late")
    salt = bytes(Round.objects.get().salt)
    night("2026-11-01")
    assert not Tally.objects.exists()
    assert not Sought.objects.exists()
    assert bytes(Round.objects.get().salt) != salt
    all_seek(people[4:8], "rare")
    night("2026-11-02")
    assert (figures("rare"), figures("common"), figures("late")) == ([], [5], [])


def test_the_first_searches_of_a_month_before_its_first_night_are_counted(people, on_day, night):
    on_day("2026-10-31")
    all_seek(people[:5], "turn")
    on_day("2026-11-01")
    all_seek(people[:5], "turn")
    count_days()
    all_seek(people[:6], "turn")
    night("2026-11-02")
    assert figures("turn") == [5, 6]


def test_figures_are_deleted_when_they_are_old(people, on_day, night):
    all_seek(people[:5], "old")
    night("2026-10-06")
    night("2027-11-09")
    assert figures("old") == [5]
    night("2027-11-10")
    assert not Figure.objects.exists()


def test_a_changed_secret_key_begins_anew_instead_of_counting_people_twice(people, on_day, night, settings):
    all_seek(people[:4], "twice")
    night("2026-10-06")
    all_seek(people[:4], "today")
    settings.SECRET_KEY = "another key" * 5
    rounds.forget()
    seek(people[0], "twice")
    assert not Sought.objects.filter(phrase="twice").exists()
    night("2026-10-07")
    people = apart(people, "twice")
    all_seek(people[:4], "twice")
    night("2026-10-08")
    assert (figures("twice"), figures("today")) == ([], [])
    all_seek(people[4:6], "twice")
    night("2026-10-09")
    assert figures("twice") == [6]


def test_nothing_is_counted_where_that_is_switched_off(people, on_day, night, settings):
    all_seek(people[:4], "before")
    night("2026-10-06")
    settings.FOLKMOOT_SEEKING_PEOPLE = 0
    all_seek(people[:9], "off")
    assert not Sought.objects.exists()
    night("2026-10-07")
    assert not Tally.objects.exists()


def test_a_night_costs_the_same_queries_however_much_was_sought(people, on_day):
    counts = []
    for day, size in (("2026-10-06", 2), ("2026-10-07", 20)):
        for number in range(size):
            all_seek(people[:5], f"phrase {number}")
        on_day(day)
        with CaptureQueriesContext(connection) as queries:
            count_days()
        counts.append(len(queries))
    assert Figure.objects.filter(measure="sought").count() == 22
    assert counts[0] == counts[1]


def test_the_night_is_a_schedule_of_the_worker(people, on_day):
    all_seek(people[:5], "form")
    schedules.run_due()  # makes it known
    on_day("2026-10-06")
    assert schedules.schedules()["search.seeking"].cron == "10 0 * * *"
    while schedules.run_due():
        pass
    assert figures("form") == [5]
    assert ScheduledJob.objects.get(name="search.seeking").last_error == ""
