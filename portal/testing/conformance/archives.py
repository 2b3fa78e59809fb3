"""An end that is none: what was retired or purged comes back from its archive row by row."""

from __future__ import annotations

from typing import Any

import pytest

from portal.host import snapshot
from portal.host.archive import exporting, purging, restoring, retiring
from portal.host.registry import registry
from portal.testing.conformance.kit import CANARY
from portal.testing.conformance.leaks import Leaks
from portal.testing.conformance.rows import own_models, rows_of, same
from portal.testing.plugin import House

# Grows so that the search indexes take over what came back; it is not content.
MOVES = frozenset({"version"})


class Archives(Leaks):
    @pytest.fixture
    def needed_by_none(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Without the plugins that require this one: IT would have to retire those first."""
        others = {slug: p for slug, p in registry.all().items() if self.plugin not in p.manifest.requires}
        monkeypatch.setattr(registry, "_plugins", others)
        snapshot.forget()

    def kept(self) -> dict[str, Any]:
        return rows_of(self.plugin, without=MOVES)

    def test_retired_it_is_gone_and_restored_it_is_equal(self, folkmoot_house: House, needed_by_none: None) -> None:
        house = folkmoot_house
        self.fill(house)
        before, addresses = self.kept(), self.everywhere(house)
        archive = retiring.retire(self.plugin, acting_person=None, reason="conformance")
        self.catch_up()
        self._is_empty()
        self.is_hidden_from(house.author, addresses)
        restoring.restore(archive, acting_person=None)
        same(before, self.kept())

    def test_exported_and_purged_it_is_restored_equal(self, folkmoot_house: House, needed_by_none: None) -> None:
        self.fill(folkmoot_house)
        before = self.kept()
        archive = exporting.export_plugin(self.plugin, acting_person=None)
        same(before, self.kept())
        purging.purge(self.plugin, acting_person=None)
        self._is_empty()
        assert CANARY not in str(self.kept()), "what was purged can still be read in the core's rows"
        archive.refresh_from_db()
        restoring.restore(archive, acting_person=None)
        same(before, self.kept())

    def _is_empty(self) -> None:
        left = [model._meta.label for model in own_models(self.plugin) if model._base_manager.exists()]
        assert left == []
