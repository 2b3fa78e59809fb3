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
