"""What one row of a delivery is, validated."""

from __future__ import annotations

from datetime import date as Date
from decimal import Decimal
from typing import Literal

from pydantic import Field

from portal.ingestion.adapter import Item


class ReadingItem(Item):
    """A reading. `department` is a path or "", `owner` an e-mail address, a user name or ""."""

    kpi: str = Field(min_length=1, max_length=100)
    name: str = Field(min_length=1, max_length=200)
    unit: str = Field(default="", max_length=40)
    department: str = Field(default="", max_length=500)
    date: Date
    value: Decimal
    target: Decimal | None = None
    lower: Decimal | None = None
    upper: Decimal | None = None
    direction: Literal["up", "down", "none"] = "none"
    owner: str = Field(default="", max_length=254)
    note: str = Field(default="", max_length=1000)
