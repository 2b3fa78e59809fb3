"""The past of a figure: the period, what is drawn of it, what is missing, and the same as a table and a file."""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import translation

from plugins.kpis.bands import Aim
from plugins.kpis.chart import line_chart
from plugins.kpis.comparing import comparisons
from plugins.kpis.describing import write_note
from plugins.kpis.export import inert
from plugins.kpis.history import MOST_DRAWN, Point, gaps, history_of, thinned
from plugins.kpis.models import Kpi, Reading
from plugins.kpis.tests.samples import HEADER, cost, csv_of, day, row
from portal.host import rules
from portal.testing.adapters import deliver


def days(*ago: int) -> list[date]:
    return [day(number) for number in sorted(ago, reverse=True)]


@pytest.mark.parametrize(
    ("ago", "missing"),
    [
        (range(20), []),
        ([n for n in range(20) if n != 7], [(8, 6)]),
        ([n for n in range(28) if n % 7 not in (3, 4)], []),
        ([n for n in range(0, 140, 7) if n != 70], [(77, 63)]),
        ([0, 40], []),
        ([], []),
    ],
)
def test_a_gap_is_longer_than_usual(ago, missing):
    assert gaps(days(*ago)) == [(day(before), day(after)) for before, after in missing]


def points(values: list[float], notes: dict[int, str] | None = None) -> list[Point]:
    return [
        Point(date(2000, 1, 1) + timedelta(days=n), value, Aim(), (notes or {}).get(n, ""))
        for n, value in enumerate(values)
    ]


def test_of_a_long_history_no_peak_and_no_note_is_lost():
    values = [50.0] * 4000
    values[1234], values[2345] = 99, 1
    drawn, of = thinned(points(values, {777: "why"}))
    assert len(drawn) <= MOST_DRAWN + 60
    assert of == 20
    assert {point.value for point in drawn} == {50, 99, 1}
    assert [point.note for point in drawn if point.note] == ["why"]
    assert (drawn[0].day, drawn[-1].day) == (date(2000, 1, 1), date(2000, 1, 1) + timedelta(days=3999))


def test_a_short_history_is_drawn_as_it_is():
    few = points([1.0] * MOST_DRAWN)
    assert thinned(few) == (few, 1)


def test_the_chart_is_cut_where_readings_are_missing_and_says_so(source):
    deliver(source, csv_of(*[row("door", n, 30 + n % 5) for n in range(20) if n != 7]))
    kpi = Kpi.objects.get()
    with translation.override("en"):
        chart = line_chart(kpi, history_of(kpi, None))
    assert [len(line.split()) for line in chart.lines] == [12, 7]
    assert "Readings are missing in 1 place." in chart.text
    assert "19 readings, from 34 min" in chart.text
    assert "lowest 30 min, highest 34 min" in chart.text


def test_target_and_band_are_drawn_as_they_were_on_their_day(source):
    old = [row("door", n, 30, aim="40,25,45,down") for n in (9, 8, 7)]
    new = [row("door", n, 30, aim="35,,38,down") for n in (6, 5, 4)]
    deliver(source, csv_of(*old, *new))
    kpi = Kpi.objects.get()
    chart = line_chart(kpi, history_of(kpi, None))
    assert len(chart.bands) == len(chart.targets) == 2
    first, second = chart.bands
    assert float(first.x) + float(first.width) == float(second.x)
    assert first.height != second.height
    assert float(chart.targets[0].y) < float(chart.targets[1].y)  # 40 lies higher than 35


def test_places_have_points_whatever_the_language(source):
    deliver(source, csv_of(row("door", 2, "1234.5"), row("door", 1, "30.25"), row("door", 0, 31)))
    kpi = Kpi.objects.get()
    with translation.override("de"):
        chart = line_chart(kpi, history_of(kpi, None))
    assert all(len(spot.split(",")) == 2 for line in chart.lines for spot in line.split())
    assert "1.234,5 min" in chart.spots[0].text.replace("1234,5", "1.234,5")


@pytest.mark.parametrize(("period", "count"), [("quarter", 92), ("year", 366), ("all", 400), ("", 366), ("x", 366)])
def test_the_reader_chooses_the_period(source, as_bob, period, count):
    deliver(source, csv_of(*[row("door", n, 30) for n in range(400)]))
    kpi = Kpi.objects.get()
    html = as_bob.get(kpi.get_absolute_url(), {"period": period}).content.decode()
    assert f"{count} readings, from" in html
    assert html.count('<g class="spot') - html.count('<svg class="spark" viewBox="0 0 24 12"') <= count
    chosen = period if period in ("quarter", "all") else "year"
    assert f'href="?period={chosen}#history" aria-current="page"' in html


def test_what_is_not_drawn_is_said(source, as_bob):
    kpi = make_long(source, 1000)
    html = as_bob.get(kpi.get_absolute_url(), {"period": "all"}).content.decode()
    assert "Of every 5 readings the lowest and the highest are drawn." in html
    assert "1000 readings, from" in html


def make_long(source, count: int) -> Kpi:
    deliver(source, csv_of(row("door", 0, 30)))
    kpi = Kpi.objects.get()
    Reading.objects.bulk_create(Reading(kpi=kpi, date=day(n), value=30 + n % 9) for n in range(1, count))
    return kpi


def test_the_table_has_all_readings_in_pages(source, as_bob):
    kpi = make_long(source, 120)
    seen = []
    for page in (1, 2, 3):
        html = as_bob.get(kpi.get_absolute_url(), {"period": "all", "page": page}).content.decode()
        assert "<caption>Readings of door (min), newest first</caption>" in html
        assert '<details class="kpi-table" open>' in html
        seen.append(html.count("<tr>") - 1)
    assert seen == [50, 50, 20]


def test_readings_that_are_gone_or_missing_are_marked(source, as_bob):
    deliver(source, csv_of(*[row("door", n, 30) for n in range(20) if n != 7]))
    kpi = Kpi.objects.get()
    kpi.readings.filter(date=day(3)).update(missing_since=kpi.read_at)
    html = as_bob.get(kpi.get_absolute_url()).content.decode()
    assert "one is missing here" in html
    assert '<g class="spot is-gone">' in html
    assert html.count("no longer delivered") == 3  # in the chart, in its legend, in the table


def test_a_note_is_marked_in_the_chart_with_its_words(door, alice, as_bob):
    write_note(door.readings.get(date=day(1)), "Strike", acting_person=alice)
    html = as_bob.get(door.get_absolute_url()).content.decode()
    assert '<g class="spot is-noted"><title>' in html
    assert "note: Strike</title>" in html


def test_a_page_costs_the_same_however_long_its_history_and_its_notes(source, as_bob, alice, settings):
    settings.FOLKMOOT_STAMP_SECONDS = 3600
    kpi, costs = make_long(source, 60), []
    url = kpi.get_absolute_url()
    for count in (1, 40):
        for reading in kpi.readings.order_by("-date")[:count]:
            write_note(reading, "A note", acting_person=alice)
        as_bob.get(url)
        costs.append(cost(lambda: as_bob.get(url)))
    assert costs[0] == costs[1]


# The file


def read_csv(client, kpi: Kpi) -> list[list[str]]:
    answer = client.get(reverse("kpis:csv", args=[kpi.pk]))
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"] == f'attachment; filename="key-figure-{kpi.pk}.csv"'
    return list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode())))


def test_all_readings_can_be_had_as_a_file(door, alice, as_bob):
    write_note(door.readings.get(date=day(1)), "Strike", acting_person=alice)
    rows = read_csv(as_bob, door)
    assert rows[0] == ["name", "date", "value", "unit", "target", "lower", "upper", "note", "added_note", "missing"]
    assert rows[2] == [
        "Door to doctor", day(1).isoformat(), "36.0000", "min", "40.0000", "25.0000", "45.0000", "", "Strike", "",
    ]  # fmt: skip
    assert len(rows) == 4


def test_the_file_is_guarded_like_the_figure(door, as_bob, as_charlie, client, emergency):
    address = reverse("kpis:csv", args=[door.pk])
    assert as_charlie.get(address).status_code == 404
    assert client.get(address).status_code == 302
    rules.set_rule("kpis", emergency, rules.OFF, acting_person=None)
    assert as_bob.get(address).status_code == 403


def test_a36_no_cell_of_the_file_begins_a_formula(source, alice, as_bob):
    evil = "=1+1"
    body = f"{HEADER}\nx,{evil},@sum,,{day(0)},-5,,,,,,+cmd\n"
    deliver(source, body.encode())
    kpi = Kpi.objects.get()
    write_note(kpi.readings.get(), "-2+3", acting_person=alice)
    head, line = read_csv(as_bob, kpi)
    assert line[0] == "'=1+1"
    assert line[2] == "-5.0000"  # a number
    cells = [cell for name, cell in zip(head, line, strict=True) if name != "value"]
    assert not [cell for cell in cells if cell[:1] in {"=", "+", "-", "@"}]


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@a", "\t=1", "\r=1", "\n=1"])
def test_what_begins_a_formula_is_made_text(text):
    assert inert(text) == f"'{text}"
    assert inert("a=1") == "a=1"
    assert inert("") == ""


def test_a_file_costs_the_same_however_long_it_is(source, as_bob, settings):
    settings.FOLKMOOT_STAMP_SECONDS = 3600
    costs = []
    for count in (2, 500):
        Kpi.objects.all().delete()
        source.records.all().delete()
        type(source).objects.update(covered_hash="")  # or the same file again would only confirm what is there
        kpi = make_long(source, count)
        read_csv(as_bob, kpi)
        costs.append(cost(lambda kpi=kpi: read_csv(as_bob, kpi)))
    assert costs[0] == costs[1]


# Compared with before


def compared(kpi: Kpi) -> list[tuple[str, str, str, str, str]]:
    with translation.override("en"):
        latest = kpi.readings.order_by("-date").first()
        found = comparisons(kpi, latest)
    return [(one.label, one.value, one.change, one.percent, one.words) for one in found]


def test_a_figure_is_compared_with_the_reading_the_week_and_the_year_before(source):
    year = (day(0) - day(0).replace(year=day(0).year - 1)).days
    rows = [row("door", 0, 34), row("door", 1, 36), row("door", 7, 34), row("door", year, 40)]
    deliver(source, csv_of(*rows, row("door", year + 1, 99)))
    assert compared(Kpi.objects.get()) == [
        ("The reading before", "36 min", "−2 min", "−5.6 %", "better"),
        ("A week before", "34 min", "", "", "no change"),
        ("A year before", "40 min", "−6 min", "−15 %", "better"),
    ]


def test_a_weekly_figure_is_compared_with_the_same_day_of_the_week(source):
    rows = [row("hands", ago, value, unit="%", aim="90,80,100,up") for ago, value in ((0, 88), (7, 89), (364, 90.5))]
    deliver(source, csv_of(*rows))
    assert compared(Kpi.objects.get()) == [
        ("The reading before", "89 %", "−1 point", "", "worse"),
        ("A year before", "90.5 %", "−2.5 points", "", "worse"),
    ]


@pytest.mark.parametrize(
    ("before", "now", "aim", "words"),
    [
        (80, 85, ",78,92,none", "higher"),
        (94, 93, ",78,92,none", "better"),
        (76, 70, ",78,92,none", "worse"),
        (3, 2, ",,,none", "lower"),
        (0, 2, ",,,up", "better"),
    ],
)
def test_better_and_worse_are_words(source, before, now, aim, words):
    deliver(source, csv_of(row("x", 1, before, aim=aim), row("x", 0, now, aim=aim)))
    assert [one[4] for one in compared(Kpi.objects.get())] == [words]


def test_with_nothing_before_there_is_nothing_to_compare(source, as_bob):
    deliver(source, csv_of(row("x", 0, 1)))
    kpi = Kpi.objects.get()
    assert compared(kpi) == []
    assert "There are not yet two readings" in as_bob.get(kpi.get_absolute_url()).content.decode()
