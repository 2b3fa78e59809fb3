"""The demo's sources of shifts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from portal.ingestion.actions import create_source


def seed(stage: Any) -> None:
    """One calendar for each department that has a roster."""
    patterns = yaml.safe_load((Path(__file__).parent / "patterns.yaml").read_text(encoding="utf-8"))
    for roster in patterns["rosters"]:
        create_source(
            f"rota-{roster['file']}",
            adapter="rosters.ical",
            name="rota",
            department=stage.departments[roster["department"]],
            pull_from=f"rosters/{roster['file']}.ics",
            schedule="*/15 * * * *",
            acting_person=None,
        )
    stage.say(f"{len(patterns['rosters'])} rosters")
