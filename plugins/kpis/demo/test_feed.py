"""The demo's key figures end where the rest of the demo says they stand."""

import csv
from datetime import date, timedelta

import pytest

from plugins.kpis.demo.feed import write

TODAY = date(2026, 11, 24)


@pytest.fixture
def rows(tmp_path):
    (path,) = write(tmp_path, TODAY)
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_latest_readings_are_those_of_the_start_page(rows):
    latest = {row["kpi"]: (row["date"], row["value"], row["unit"]) for row in rows}
    assert latest["door-to-doctor"] == ("2026-11-24", "34", "min")
    assert latest["antibiotics-1h"] == ("2026-11-24", "88", "%")
    assert latest["occupied-beds"] == ("2026-11-24", "94", "%")
    assert latest["hand-hygiene"] == ("2026-11-21", "91", "%")


def test_beds_are_above_their_limit_for_six_days(rows):
    above = [float(row["value"]) > float(row["upper"]) for row in rows if row["kpi"] == "occupied-beds"]
    assert above[-7:] == [False, True, True, True, True, True, True]


def test_a_year_of_readings_without_gaps(rows):
    days = [date.fromisoformat(row["date"]) for row in rows if row["kpi"] == "door-to-doctor"]
    assert days == [TODAY - timedelta(days=back) for back in range(364, -1, -1)]
    assert len([row for row in rows if row["kpi"] == "plate-waste"]) == 53


def test_percentages_stay_within_bounds(rows):
    assert all(0 <= float(row["value"]) <= 100 for row in rows if row["unit"] == "%")


def test_a_figure_says_what_it_measures_and_its_notes_stand_at_their_readings(rows):
    beds = [row for row in rows if row["kpi"] == "occupied-beds"]
    assert {row["definition"] for row in beds} == {
        "Beds in use of beds that are staffed. Source: bed board, read at 07:12"
    }
    assert {at for at, row in enumerate(reversed(beds)) if row["note"]} == {5, 120}
