"""What does not fit a model is told in the reader's language, with where it is."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

import pydantic
import pytest
from django.utils import translation
from pydantic import AwareDatetime, BaseModel, Field

from portal.host.configuring.words import in_one_line


class Dish(BaseModel):
    name: str = Field(min_length=1, max_length=5)


class Menu(BaseModel):
    day: date
    begins: datetime
    ends: AwareDatetime
    sort: Literal["cold", "warm"]
    dishes: list[Dish]
    seats: int = Field(1, ge=1)
    prices: dict[str, str] = {}


GOOD = {"day": "2026-11-28", "begins": "2026-11-28T12:00", "ends": "2026-11-28T14:00Z", "sort": "warm", "dishes": []}


def line(**values):
    with pytest.raises(pydantic.ValidationError) as caught:
        Menu.model_validate(GOOD | values)
    return in_one_line(caught.value)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"dishes": [{"name": ""}]}, "dishes.0.name: This is needed."),
        (
            {"dishes": [{}, {"name": "Dumplings"}]},
            "dishes.0.name: This is needed.; dishes.1.name: At most 5 characters.",
        ),
        ({"day": "soon"}, "day: Give a date, such as 2026-12-24."),
        ({"day": "2026-11-28T12:00"}, "day: Give a date without a time, such as 2026-12-24."),
        ({"begins": "soon"}, "begins: Give a date and a time, such as 2026-12-24T18:00:00+02:00."),
        ({"ends": "2026-11-28T14:00"}, "ends: Say in which time zone, such as 2026-12-24T18:00:00+02:00."),
        ({"sort": "raw"}, "sort: Choose one of: 'cold' or 'warm'."),
        ({"seats": 0, "prices": 3}, "seats: At least 1.; prices: Give names with values."),
        ({"dishes": ["soup"]}, "dishes.0: Give names with values."),
    ],
)
def test_each_problem_has_its_place_and_words_of_our_own(values, said):
    assert line(**values) == said


def test_it_is_told_in_the_language_of_whoever_reads():
    with translation.override("de"):
        assert line(seats=0) == "seats: Mindestens 1."
