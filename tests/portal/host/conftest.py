from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest

from portal.host import snapshot
from portal.host.plugin import Contributions, Manifest, Schedule
from portal.host.registry import Installed, registry


@pytest.fixture
def needy(monkeypatch):
    """The slug of a plugin that needs the microblog and has a job; there for the length of a test."""
    manifest = Manifest(slug="needy", title="Needy", summary="", version="1", requires=("microblog",))
    made = Installed(
        manifest=manifest,
        config=SimpleNamespace(name="needy", label="needy"),
        contributions=Contributions(schedules=[Schedule("nightly", "0 3 * * *", lambda: None)]),
    )
    monkeypatch.setattr(registry, "_plugins", {**registry.all(), "needy": made})
    snapshot.forget()
    return "needy"


@pytest.fixture
def dormant(monkeypatch):
    """The microblog, with a problem."""
    microblog = registry.all()["microblog"]
    ill = replace(microblog, problem="it needs plugin API >=9; this is 1.0")
    monkeypatch.setattr(registry, "_plugins", {**registry.all(), "microblog": ill})
    snapshot.forget()
    return "microblog"
