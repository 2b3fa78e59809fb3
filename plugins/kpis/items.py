"""What one reading of a delivery is, validated."""

from __future__ import annotations

from datetime import date as Date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from portal.ingestion.adapter import Item

# Digits after the point, and in all, that a reading keeps.
DIGITS = 4
Number = Annotated[Decimal, Field(max_digits=17, decimal_places=DIGITS)]
Direction = Literal["up", "down", "none"]


class ReadingItem(Item):
    """A reading. `department` is a path or "", `owner` an e-mail address, a user name or ""."""

    kpi: str = Field(min_length=1, max_length=100)
    name: str = Field(min_length=1, max_length=200)
    unit: str = Field(default="", max_length=40)
    definition: str = Field(default="", max_length=4000)
    department: str = Field(default="", max_length=500)
    date: Date
    value: Number
    target: Number | None = None
    lower: Number | None = None
    upper: Number | None = None
    direction: Direction = "none"
    owner: str = Field(default="", max_length=254)
    note: str = Field(default="", max_length=1000)
