"""Key figures as a hospital's reporting system exports them: a CSV line per reading, a year back."""

from __future__ import annotations

import csv
import hashlib
import math
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import yaml

HEADER = "kpi,name,unit,department,date,value,target,lower,upper,direction,owner,note,definition"
DAYS_BETWEEN = {"day": 1, "week": 7}
YEAR = 364
COLDEST_DAY = 20  # of the year


def _stray(kpi: str, day: date) -> float:
    """A number between -1 and 1 that belongs to this figure and day."""
    digest = hashlib.sha256(f"{kpi}/{day.isoformat()}".encode()).digest()
    return int.from_bytes(digest[:4], "big") / 2**31 - 1


def readings(definition: dict[str, Any], today: date) -> Iterator[tuple[date, float]]:
    """Day and value of each reading, oldest first; the last ones are those the definition names."""
    step = DAYS_BETWEEN[definition["every"]]
    last = today - timedelta(days=definition.get("late", 0))
    latest = definition["latest"]
    count = YEAR // step + 1
    goal = latest[0]
    for index in range(count):
        day = last - timedelta(days=(count - 1 - index) * step)
        known = index - (count - len(latest))
        if known >= 0:
            yield day, latest[known]
            continue
        share = index / (count - len(latest))
        cold = max(0.0, math.cos((day.timetuple().tm_yday - COLDEST_DAY) / 365.25 * math.tau))
        trend = definition["start"] + (goal - definition["start"]) * share
        value = trend + definition["winter"] * cold * (1 - share)
        value += definition["swing"] * _stray(definition["kpi"], day)
        if definition["unit"] == "%":
            value = min(100, value)
        yield day, max(0, value)


def write(folder: Path, today: date) -> list[Path]:
    """Write kpis.csv; owner is an e-mail address, department a path, numbers have a decimal point."""
    definitions = yaml.safe_load((Path(__file__).parent / "kpis.yaml").read_text(encoding="utf-8"))
    path = folder / "kpis.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, HEADER.split(","), extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        for definition in definitions:
            owner = f"{definition['owner']}@merekaar.example"
            told, noted = list(readings(definition, today)), definition.get("notes", {})
            for ago, (day, value) in zip(range(len(told) - 1, -1, -1), told, strict=True):
                shown = f"{value:.{definition['decimals']}f}"
                said = {"owner": owner, "date": day.isoformat(), "value": shown, "note": noted.get(ago, "")}
                writer.writerow(definition | said)
    return [path]
