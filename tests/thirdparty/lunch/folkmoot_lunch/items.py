"""What one menu of a delivery is, validated."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from portal.ingestion.adapter import Item
from portal.social.text import tidy
from pydantic import AfterValidator, Field

# What no database takes (NUL and its like) is left out; it is no reason to refuse a menu.
Dish = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(tidy)]


class MenuItem(Item):
    day: date
    dishes: list[Dish] = Field(min_length=1, max_length=30)
