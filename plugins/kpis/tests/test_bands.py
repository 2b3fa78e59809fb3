"""States of figures, and their words."""

from __future__ import annotations

import pytest
from django.utils import translation

from plugins.kpis.bands import Aim


@pytest.mark.parametrize(
    ("aim", "value", "unit", "state", "words"),
    [
        (Aim("down", 40, 25, 45), 34, "min", "ok", "On target"),
        (Aim("down", 40, 25, 45), 43, "min", "warn", "3 min over target"),
        (Aim("down", 40, 25, 45), 46, "min", "bad", "Above 45 min"),
        (Aim("down", 40, 25, 45), 3, "min", "ok", "On target"),
        (Aim("up", 90, 80, 97), 88, "%", "warn", "2 points under target"),
        (Aim("up", 90, 80, 97), 89, "%", "warn", "1 point under target"),
        (Aim("up", 90, 80, 97), 79.5, "%", "bad", "Below 80 %"),
        (Aim("up", 90, 80, 97), 99, "%", "ok", "On target"),
        (Aim("up", 90, 90, 100), 88, "%", "warn", "2 points under target"),
        (Aim("up", 90, 90, 100), 80, "%", "bad", "Below 90 %"),
        (Aim("none", None, 78, 92), 94, "%", "bad", "Above 92 %"),
        (Aim("none", None, 78, 92), 77, "", "bad", "Below 78"),
        (Aim("none", None, 78, 92), 80, "%", "ok", "Inside the band"),
        (Aim("up", 10), 9, "", "warn", "1 under target"),
        (Aim(), 9, "", "", ""),
    ],
)
def test_a_value_is_judged_in_words(aim, value, unit, state, words):
    with translation.override("en"):
        assert (aim.state(value), aim.words(value, unit)) == (state, words)


@pytest.mark.parametrize(
    ("aim", "demands"),
    [
        (Aim("down", 40, 25, 45), ["At most 40 min", "Above 45 min is bad"]),
        (Aim("down", 40, 25, 40), ["At most 40 min", "Above 42 min is bad"]),
        (Aim("up", 90, 80, 97), ["At least 90 min", "Below 80 min is bad"]),
        (Aim("none", None, 78, 92), ["Below 78 min or above 92 min is bad"]),
        (Aim("none", 80), ["80 min"]),
        (Aim("up"), []),
    ],
)
def test_what_is_asked_of_a_figure_is_said(aim, demands):
    with translation.override("en"):
        assert aim.demands("min") == demands


@pytest.mark.parametrize(
    ("before", "value", "said"),
    [
        ("ok", 46, "Left its band: 46 min, above 45 min"),
        ("warn", 34, "Now on target: 34 min"),
        ("bad", 41, "Inside its band again: 41 min, 1 min over target"),
        ("ok", 34, ""),
        ("none", 46, ""),
        ("", 46, ""),
    ],
)
def test_what_happened_is_said(before, value, said):
    with translation.override("en"):
        assert Aim("down", 40, 25, 45).crossing(value, "min", before) == said
