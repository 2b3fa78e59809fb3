"""A plugin that another one requires keeps its conformance, though IT could not retire it before that one."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from plugins.microblog.actions import publish_post
from portal.host import snapshot
from portal.host.plugin import Manifest
from portal.host.registry import Installed, registry
from portal.testing.conformance import CANARY
from portal.testing.conformance.archives import Archives


class TestArchivesOfANeededPlugin(Archives):
    plugin = "microblog"

    @pytest.fixture(autouse=True)
    def _needy(self, monkeypatch):
        manifest = Manifest(slug="needy", title="Needy", summary="", version="1", requires=("microblog",))
        made = Installed(manifest=manifest, config=SimpleNamespace(name="needy", label="needy"))
        monkeypatch.setattr(registry, "_plugins", {**registry.all(), "needy": made})
        snapshot.forget()

    def make(self, author, department):
        publish_post(f"Soup {CANARY}", acting_person=author, department=department)
