"""Nobody can be told from what is kept."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.host.privacy import erase_person, export_person
from search.seeking import rounds
from search.seeking.counting import count_days
from search.seeking.models import Figure, Round, Sought, Tally
from tests.search.seeking.conftest import all_seek, apart, figures, seek

START = date(2026, 9, 28)


def test_one_person_too_few_is_never_shown(people, night, on_day):
    all_seek(people[:4], "secret project")
    for day in range(6, 31):
        night(f"2026-10-{day:02}")
        all_seek(people[:4], "secret project")  # the same four, every day
    assert not Figure.objects.exists()
    night("2026-11-01")
    assert not Figure.objects.exists()


def test_a_measure_of_too_few_people_is_not_shown_beside_one_of_enough(people, night):
    all_seek(people[:9], "falcon")
    all_seek(people[9:13], "falcon", found=0)  # who may not see it
    night("2026-10-06")
    assert (figures("falcon"), figures("falcon", "nothing")) == ([13], [])


def test_overlapping_periods_differ_by_whole_figures(people, night):
    people = apart(people, "merger")
    all_seek(people[:5], "merger")
    night("2026-10-06")
    seek(people[5], "merger")
    night("2026-10-07")
    all_seek(people[6:10], "merger")
    night("2026-10-08")
    assert figures("merger") == [5, 5]
    assert figures("merger", first="2026-10-06", last="2026-10-07") == [5]
    for first, last in (("2026-10-07", "2026-10-07"), ("2026-10-06", "2026-10-06")):
        assert figures("merger", first=first, last=last) == []
    assert figures("merger", last="2026-10-06") == [5]


_searches = st.lists(
    st.tuples(st.integers(0, 40), st.integers(0, 7), st.sampled_from(["a", "b"]), st.booleans(), st.booleans()),
    max_size=80,
)


@given(searches=_searches)
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
def test_each_figure_is_about_enough_people_of_its_own(people, on_day, searches):
    """Against a plain record of who sought what when, which only this test keeps."""
    for model in (Sought, Tally, Figure, Round):
        model.objects.all().delete()
    rounds.forget()
    record: dict[tuple[str, str], dict[date, set[int]]] = defaultdict(lambda: defaultdict(set))
    for after, number, phrase, found, clicked in sorted(searches, key=lambda search: search[0]):
        day = START + timedelta(days=after)
        on_day(day.isoformat())
        count_days()
        seek(people[number], phrase, found=int(found), click=int(clicked))
        record[(phrase, "sought")][day].add(number)
    on_day((START + timedelta(days=45)).isoformat())
    count_days()
    seen: dict[str, list[date]] = defaultdict(list)
    for figure in Figure.objects.filter(measure="sought"):
        days = [figure.first_day + timedelta(days=n) for n in range((figure.last_day - figure.first_day).days + 1)]
        people_then = [record[(figure.phrase, "sought")][day] for day in days]
        assert len(set().union(*people_then)) >= figure.people >= 5
        assert figure.count == sum(map(len, people_then))
        seen[figure.phrase] += days
    assert all(len(days) == len(set(days)) for days in seen.values()), "two figures share a day"


def test_more_people_can_come_to_be_needed(people, night, settings):
    all_seek(people[:6], "six")
    night("2026-10-06")
    settings.FOLKMOOT_SEEKING_PEOPLE = 7
    assert figures("six") == []
    settings.FOLKMOOT_SEEKING_PEOPLE = 6
    assert figures("six") == [6]


def test_no_table_names_a_person_session_address_or_time(db):
    for model in (Round, Sought, Tally, Figure):
        kinds = {field.get_internal_type() for field in model._meta.fields}
        assert not kinds & {"DateTimeField", "TimeField", "GenericIPAddressField"}, model
        related = {field.related_model for field in model._meta.fields if field.related_model}
        assert related <= {Round}


def test_two_searches_of_one_person_have_nothing_in_common(people, on_day):
    for phrase in ("one", "two", "three"):
        seek(people[0], phrase)
    on_day("2026-10-06")
    seek(people[0], "one")
    rows = list(Sought.objects.all())
    assert len({row.mark for row in rows}) == 4
    # Seats differ between phrases for some people at least, and stay for one phrase through the month.
    key = rounds.key_of(date(2026, 10, 5))
    seats = {tuple(key.seat(person.pk, phrase, "en") for phrase in ("one", "two", "three")) for person in people}
    assert any(len(set(three)) > 1 for three in seats)
    assert len({row.seat for row in rows if row.phrase == "one"}) == 1


def test_a_reader_of_the_database_cannot_make_the_key(people, settings):
    seek(people[0], "mine")
    row, found = Sought.objects.get(), Round.objects.get()
    settings.SECRET_KEY = "what a thief would have to guess" * 2
    assert rounds.key_for(found) is None
    guessed = rounds.Key(found.pk, rounds._secret(bytes(found.salt)))
    assert all(guessed.mark(person.pk, "mine", "en", row.day) != row.mark for person in people)


def test_many_people_share_each_seat(people, db):
    key = rounds.key_of(START)
    taken = [key.seat(number, "phrase", "en") for number in range(6300)]
    assert max(taken) == 62
    assert min(taken.count(seat) for seat in range(63)) > 50


def test_erasing_a_person_leaves_nothing(people, night, settings):
    all_seek(people[:3], "kept")
    night("2026-10-06")
    seek(people[0], "kept")
    seek(people[1], "kept")
    before = Tally.objects.get(measure="sought")
    result = erase_person(people[0], acting_person=None)
    key = rounds.key_of(date(2026, 10, 6))
    mine = key.mark(people[0].pk, "kept", "en", date(2026, 10, 6))
    assert not Sought.objects.filter(mark=mine).exists()
    assert Sought.objects.count() == 1
    after = Tally.objects.get(measure="sought")
    assert not after.seats >> key.seat(people[0].pk, "kept", "en") & 1
    assert (before.people, after.people) == (3, 2)
    assert "search.seeking" not in result, "how much somebody sought is not told"


def test_erasing_somebody_who_sought_nothing_changes_nothing(people, night):
    all_seek(people[:2], "theirs")
    night("2026-10-06")
    all_seek(people[:2], "theirs")
    key = rounds.key_of(date(2026, 10, 6))
    taken = {key.seat(person.pk, "theirs", "en") for person in people[:2]}
    other = next(p for p in people[2:] if key.seat(p.pk, "theirs", "en") not in taken)
    before = [list(model.objects.values()) for model in (Sought, Tally)]
    erase_person(other, acting_person=None)
    assert [list(model.objects.values()) for model in (Sought, Tally)] == before


def test_an_export_cannot_be_used_to_look_up_what_somebody_sought(people):
    seek(people[0], "looked up")
    assert "looked up" not in str(export_person(people[0]))


def test_what_looks_personal_reaches_no_table(people):
    for text in ("38001010001", "bob@example.org", "5123 4567 8"):
        all_seek(people[:9], text)
    assert not Sought.objects.exists()
