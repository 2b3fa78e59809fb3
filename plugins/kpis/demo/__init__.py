"""The demo's source of key figures."""

from __future__ import annotations

from typing import Any

from portal.audience.expressions import EVERYONE
from portal.ingestion.actions import create_source


def seed(stage: Any) -> None:
    """Figures of all departments come from one reporting system, for everybody to see."""
    create_source(
        "reporting",
        adapter="kpis.csv",
        name="reporting",
        department=stage.departments[stage.demo.organisation.root.url_path],
        audience=EVERYONE,
        pull_from="kpis/kpis.csv",
        schedule="*/15 * * * *",
        acting_person=None,
    )
    stage.say("a source of key figures")
