from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from django.utils import timezone

from portal.ingestion.models import Source
from portal.testing.adapters import make_source


@pytest.fixture(autouse=True)
def _addresses(request: pytest.FixtureRequest) -> None:
    """The cast has e-mail addresses here."""
    for name in ("alice", "bob", "charlie"):
        if name in request.fixturenames:
            person = request.getfixturevalue(name)
            person.email = f"{name}@merekaar.example"
            person.save(update_fields=["email"])


@pytest.fixture
def source(emergency, bob) -> Source:
    return make_source("tasks.json", slug="todo", name="integration", department=emergency)


@pytest.fixture
def at(monkeypatch) -> Callable[[str], datetime]:
    """Sets the clock: at("2026-11-24 12:00+02:00")."""

    def set_clock(text: str) -> datetime:
        moment = datetime.fromisoformat(text)
        monkeypatch.setattr(timezone, "now", lambda: moment)
        return moment

    return set_clock
