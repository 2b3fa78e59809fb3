"""What a run found: rows of a table for people, JSON for comparison with later runs."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from bench.method import Measured, Ratio, agrees, ratio, typical
from bench.method import Metric as Measure

MET, MISSED, VOID, INFO, BROKEN = "met", "missed", "void", "info", "broken"


@dataclass(frozen=True)
class Row:
    """One line of the result. `info` rows have no goal; `void`: the A/A pair disagreed; `broken`: it did not run."""

    goal: str
    what: str
    measured: str
    target: str = ""
    status: str = INFO
    detail: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Judge:
    """Makes the ratio rows of one measurement; all of them are void if its A/A pair disagreed."""

    measured: Measured
    reference: str
    again: str
    metric: Measure = typical

    def pair(self) -> Ratio:
        return ratio(self.measured, self.again, self.reference, self.metric)

    def row(
        self, goal: str, what: str, candidate: str, *, most: float | None, against: str = "", note: str = ""
    ) -> Row:
        """`most`: the largest ratio that meets the goal; None for a row that only informs."""
        found = ratio(self.measured, candidate, against or self.reference, self.metric)
        pair = self.pair()
        if not agrees(pair):
            status = VOID
        elif most is None:
            status = INFO
        else:
            status = MET if found.value <= most else MISSED
        target = "" if most is None else f"at most {most:g}x"
        detail = {"ratio": asdict(found), "a_a": asdict(pair), "note": note}
        return Row(goal, what, f"{found}{'; ' + note if note else ''}", target, status, detail)


def count_row(goal: str, what: str, count: float, most: float, unit: str = "") -> Row:
    """An exact count, or a time that is only compared with a fixed limit."""
    text = f"{count:.2f}".rstrip("0").rstrip(".") if isinstance(count, float) else str(count)
    status = MET if count <= most else MISSED
    return Row(goal, what, f"{text} {unit}".strip(), f"at most {most:g} {unit}".strip(), status, {"value": count})


def failed(rows: Sequence[Row]) -> bool:
    """A missed goal is a finding; a void or broken run is no result at all."""
    return any(row.status in (VOID, BROKEN) for row in rows)


def table(rows: Sequence[Row]) -> str:
    """The rows as text, in columns."""
    lines = [("goal", "what", "measured", "target", "")]
    lines += [(row.goal, row.what, row.measured, row.target, row.status) for row in rows]
    widths = [max(len(line[column]) for line in lines) for column in range(4)]
    text = [
        "  ".join([*(cell.ljust(width) for cell, width in zip(line, widths, strict=False)), line[4]]) for line in lines
    ]
    return "\n".join([text[0].rstrip(), "-" * max(len(line) for line in text), *text[1:]])


def machine() -> dict[str, object]:
    """Where this was measured, as far as it matters for comparing."""
    return {"cores": os.cpu_count(), "python": platform.python_version(), "load": os.getloadavg()[0]}


def write(path: Path, rows: Sequence[Row], settings: dict[str, object]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    result = {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine(),
        "settings": settings,
        "rows": [asdict(row) for row in rows],
    }
    path.write_text(json.dumps(result, indent=1, default=str) + "\n")
