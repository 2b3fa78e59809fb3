"""Tags and filters of the design system: what they say, and what they make of odd input."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from unittest.mock import patch
from xml.etree import ElementTree

import pytest
from django import forms
from django.core.paginator import Paginator
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import timezone, translation

from portal import moments
from portal.templatetags import portal as tags

NOON = dt.datetime(2026, 11, 24, 12, 0, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def today_is_tuesday_24_november() -> object:
    with (
        timezone.override(dt.UTC),
        patch("django.utils.timezone.now", return_value=NOON),
        translation.override("en"),
    ):
        yield


def render(source: str, **context: object) -> str:
    return Template("{% load portal %}" + source).render(Context(context))


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        (NOON.replace(hour=7, minute=41), "7:41"),
        (NOON - dt.timedelta(days=1, hours=-4, minutes=-20), "yesterday 16:20"),
        (NOON + dt.timedelta(days=1), "tomorrow 12:00"),
        (dt.datetime(2026, 10, 2, 9, tzinfo=dt.UTC), "2 October"),
        (dt.datetime(2025, 10, 2, 9, tzinfo=dt.UTC), "2 October 2025"),
        (dt.date(2026, 11, 24), "today"),
        (dt.date(2026, 11, 27), "27 November"),
    ],
)
def test_time_is_said_as_a_person_would(moment: dt.date, words: str) -> None:
    assert moments.in_words(moment) == words


def test_dates_follow_the_readers_language() -> None:
    with translation.override("de"):
        assert moments.in_words(dt.date(2026, 10, 2)) == "2. Oktober"
        assert moments.in_words(NOON - dt.timedelta(days=1)).endswith("12:00")


def test_when_takes_iso_text_as_machines_deliver_it() -> None:
    html = tags.when("2026-11-24T07:12:00+00:00")
    assert html.startswith('<time datetime="2026-11-24T07:12:00+00:00"')
    assert html.endswith(">7:12</time>")


@pytest.mark.parametrize("value", [None, "", "soon", "2026-13-45", 7])
def test_when_is_silent_about_what_is_no_time(value: object) -> None:
    assert tags.when(value) == ""


def test_a_sparkline_says_in_words_what_it_draws() -> None:
    svg = ElementTree.fromstring(tags.sparkline([46, 41, 34], (25, 40)))
    assert svg.get("aria-label") == "Last 3 readings, from 46 to 34; target band 25 to 40"
    line = svg.find("polyline")
    assert line is not None
    heights = [float(point.split(",")[1]) for point in (line.get("points") or "").split()]
    assert heights == sorted(heights), "falling values go down the page"


def test_a_sparkline_without_a_band_draws_none() -> None:
    assert "rect" not in tags.sparkline([1, 2, 3])


def test_a_sparkline_of_equal_values_lies_in_the_middle() -> None:
    assert 'points="0.0,18.0 58.0,18.0 116.0,18.0"' in tags.sparkline([5, 5, 5])


@pytest.mark.parametrize("points", [None, [], [4], [None, 4]])
def test_a_sparkline_needs_two_readings(points: object) -> None:
    assert tags.sparkline(points) == ""


def test_a_sparkline_keeps_points_in_figures_whatever_the_language() -> None:
    with translation.override("de"):
        assert 'points="0.0,33.0 116.0,3.0"' in tags.sparkline([1, 2])


def test_a_label_cannot_break_out_of_the_drawing() -> None:
    assert "<script>" not in tags.sparkline([1, 2], label='"><script>')


def test_an_icon_is_decoration_unless_it_is_named() -> None:
    assert 'aria-hidden="true"' in tags.icon("chat")
    assert 'aria-label="Comments"' in tags.icon("chat", "Comments")


@pytest.mark.parametrize(
    ("name", "letters"), [("Emergency, Pärnu", "EP"), ("Nursing", "NU"), ("", ""), (None, ""), ("…", "")]
)
def test_initials_stand_for_a_name(name: str | None, letters: str) -> None:
    assert tags.initials(name) == letters


def test_only_another_language_is_named() -> None:
    assert tags.is_foreign("et")
    assert not tags.is_foreign("en")
    assert not tags.is_foreign("en-gb")
    assert not tags.is_foreign("")
    assert tags.language_name("et") == "Estonian"
    assert tags.language_name("xx") == "xx"


def test_a_file_is_read_through_the_checked_view() -> None:
    assert tags.file_url("photos/õ 1.jpg") == "/files/photos/%C3%B5%201.jpg"
    assert tags.file_url("") == ""


def test_a_title_that_repeats_the_text_is_not_shown_twice() -> None:
    assert not tags.has_own_title(SimpleNamespace(title="Road 4 is icy…", summary="Road 4 is icy between"))
    assert tags.has_own_title(SimpleNamespace(title="Road 4", summary="Allow fifteen minutes more."))
    assert not tags.has_own_title(SimpleNamespace(title="Road 4", summary=""))


def test_departments_nest_by_depth_and_orphans_come_to_the_top() -> None:
    flat = [
        SimpleNamespace(name=name, depth=depth) for name, depth in [("b", 3), ("a", 1), ("c", 2), ("d", 3), ("e", 2)]
    ]
    top = tags.nested(flat)
    assert [node["department"].name for node in top] == ["b", "a"]
    assert [node["department"].name for node in top[1]["children"]] == ["c", "e"]
    assert top[1]["children"][0]["children"][0]["department"].name == "d"


def test_page_links_keep_the_question_and_leave_gaps() -> None:
    request = RequestFactory().get("/people/", {"q": "anna & co", "page": "10"})
    page = Paginator(range(200), 10).page(10)
    links = tags.page_links(Context({"request": request}), page)
    assert links["previous_url"] == "?q=anna+%26+co&page=9"
    assert [link["number"] for link in links["pages"]] == [1, None, 8, 9, 10, 11, 12, None, 20]
    assert [link["number"] for link in links["pages"] if link.get("current")] == [10]


class Notice(forms.Form):
    title = forms.CharField(help_text="Up to 90 characters.")
    urgent = forms.BooleanField(required=False)


def test_help_and_errors_of_a_field_are_told_to_screen_readers() -> None:
    html = render('{% include "components/form_field.html" with field=field only %}', field=Notice({})["title"])
    assert 'aria-describedby="id_title_helptext id_title_error"' in html
    assert 'id="id_title_helptext"' in html
    assert 'id="id_title_error"' in html
    assert 'aria-invalid="true"' in html
    assert '<label for="id_title">' in html


def test_a_box_to_tick_has_its_label_behind_it() -> None:
    html = render('{% include "components/form_field.html" with field=field only %}', field=Notice()["urgent"])
    assert html.index("<input") < html.index("<label")


def test_text_of_people_is_escaped_in_a_card() -> None:
    from portal.styleguide.items import POST, Sample

    nasty = Sample("post", "<b>title</b>", "<script>alert(1)</script> https://example.org", author=POST.author)
    html = render('{% include "components/entry_card.html" with entry=entry only %}', entry=nasty)
    assert "<script>" not in html
    assert 'href="https://example.org"' in html
