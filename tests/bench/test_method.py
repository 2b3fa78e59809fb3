"""The method itself: rounds, ratios, intervals, and the A/A pair that voids a run."""

from __future__ import annotations

import json

import pytest

from bench.method import Plan, Ratio, Sample, agrees, cpu_of, interval, measure, overall, rate, ratio, slow, typical
from bench.report import INFO, MET, MISSED, VOID, Judge, Row, count_row, failed, table, write


def steady(milliseconds: float):
    """A contender whose operations all take so long, whatever the clock says."""
    return lambda seconds: Sample((milliseconds / 1000,) * 10, seconds, {"server": milliseconds / 200})


PLAN = Plan(rounds=5, seconds=1.0, turns=4)


def measured(**milliseconds: float):
    return measure({name: steady(value) for name, value in milliseconds.items()}, PLAN)


def test_every_contender_gets_every_turn_and_the_warm_up_is_dropped():
    calls: list[str] = []

    def contender(name):
        def run(seconds):
            calls.append(name)
            return Sample((seconds,), seconds)

        return run

    found = measure({name: contender(name) for name in "ab"}, PLAN)
    assert sorted(calls) == ["a"] * 21 + ["b"] * 21  # one warm-up and 5 rounds of 4 turns each
    assert [len(sample.times) for sample in found["a"]] == [4] * 5
    assert calls[:2] == ["a", "b"]
    orders = {tuple(calls[at : at + 2]) for at in range(2, 42, 2)}
    assert orders == {("a", "b"), ("b", "a")}


def test_a_ratio_compares_within_rounds_so_that_a_slow_round_does_not_count():
    quick, slower = Sample((1.0,)), Sample((10.0,))
    doubled = {"a": [Sample((2.0,)), Sample((20.0,))], "b": [quick, slower]}
    assert ratio(doubled, "a", "b") == Ratio(2.0, 2.0, 2.0)


def test_the_interval_holds_the_median_and_is_the_same_every_time():
    values = [1.0, 1.1, 1.2, 1.3, 5.0]
    found = interval(values)
    assert found.value == 1.2
    assert 1.0 <= found.low <= 1.1
    assert 1.3 <= found.high <= 5.0
    assert found == interval(values)


def test_metrics_of_a_sample():
    sample = Sample(tuple(number / 1000 for number in range(1, 101)), 2.0, {"server": 0.5})
    assert typical(sample) == pytest.approx(0.0505)
    assert slow(sample) == pytest.approx(0.096)
    assert rate(sample) == 50
    assert cpu_of("server")(sample) == pytest.approx(0.005)
    assert overall([sample, sample, sample], rate) == 50


def test_parts_of_a_round_add_up():
    both = Sample((1.0,), 1.0, {"server": 0.5}) + Sample((2.0,), 2.0, {"server": 0.5, "database": 0.1})
    assert both == Sample((1.0, 2.0), 3.0, {"server": 1.0, "database": 0.1})


@pytest.mark.parametrize(("value", "fine"), [(1.0, True), (1.08, True), (0.93, True), (1.09, False), (0.92, False)])
def test_an_a_a_pair_agrees_within_eight_percent(value, fine):
    assert agrees(Ratio(value, value, value)) is fine


def test_goals_are_met_or_missed_by_the_ratio():
    judge = Judge(measured(page=24, reference=10, again=10.2), "reference", "again")
    assert judge.row("G1", "page", "page", most=3).status == MET
    assert judge.row("G1", "page", "page", most=2).status == MISSED
    assert judge.row("G1", "page", "page", most=None).status == INFO
    assert judge.row("G1", "page", "page", most=3).measured == "2.40x [2.40, 2.40]"


def test_nothing_is_met_when_the_a_a_pair_disagrees():
    judge = Judge(measured(page=10, reference=10, again=12), "reference", "again")
    rows = [judge.row("G1", "page", "page", most=limit) for limit in (3, None)]
    assert {row.status for row in rows} == {VOID}
    assert failed(rows)


def test_a_missed_goal_is_a_finding_and_not_a_failure():
    missed = count_row("G1", "SQL", 9, 8)
    assert missed.status == MISSED
    assert not failed([missed])


def test_the_table_shows_every_column_of_every_row_in_line():
    text = table([count_row("G1", "SQL", 9, 8), Row("-", "a longer name", "1.00 ms")])
    lines = text.splitlines()
    assert len(lines) == 4
    assert lines[2].split() == ["G1", "SQL", "9", "at", "most", "8", "missed"]
    assert lines[2].index("9") == lines[3].index("1.00 ms") == lines[0].index("measured")


def test_the_result_is_kept_as_json(tmp_path):
    write(tmp_path / "deep" / "result.json", [count_row("G1", "SQL", 7, 8)], {"sizes": ["10k"]})
    kept = json.loads((tmp_path / "deep" / "result.json").read_text())
    assert kept["rows"][0] | {"detail": None} == {
        "goal": "G1", "what": "SQL", "measured": "7", "target": "at most 8", "status": "met", "detail": None,
    }  # fmt: skip
    assert kept["settings"] == {"sizes": ["10k"]}
    assert {"cores", "python", "load"} <= kept["machine"].keys()
