"""What a plugin's block says on a page outlives the plugin, and a block that fails costs its own place."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from portal.host import breaker, rules
from portal.host.models import Trouble
from portal.testing.conformance.contributions import Spy, never_ends, raises
from portal.testing.conformance.isolation import PLACEHOLDER, SECONDS
from portal.testing.conformance.kit import CANARY, Kit, client_of
from portal.testing.conformance.pages import Stream, block_name, forget_blocks
from portal.testing.plugin import House

BESIDE = "besidetheblock"


class Blocks(Kit):
    def block_value(self, name: str) -> Any:
        """What an editor put into the block, as it is stored; by default what the block begins with."""
        block = self.installed.contributions.blocks[name]
        return block.get_prep_value(block.get_default())

    @pytest.fixture(autouse=True)
    def _blocks_as_they_were(self) -> Iterator[None]:
        """Streams remember the blocks there are; no test leaves them what it took away."""
        yield
        forget_blocks()

    def on_pages(self, house: House) -> Iterator[tuple[str, Stream, Any, list[dict[str, Any]]]]:
        """Each block of the plugin: its short name, the stream, a page with it and with text, and what is stored."""
        for short in list(self.installed.contributions.blocks):
            stream = Stream(block_name(self.plugin, short))
            text, part = stream.text(BESIDE), stream.part(self.block_value(short))
            page = stream.page(house, text, part)
            assert stream.stored(page) == [text, part]
            yield short, stream, page, [text, part]

    def test_its_blocks_survive_its_removal(self, folkmoot_house: House, monkeypatch: pytest.MonkeyPatch) -> None:
        client, given = client_of(folkmoot_house.author), self.installed.contributions
        for _short, stream, page, stored in self.on_pages(folkmoot_house):
            shown = body_of(client, page)
            with monkeypatch.context() as removed:
                removed.setattr(given, "blocks", {})
                forget_blocks()
                again = stream.again(page)
                list(getattr(again, stream.field.name))
                again.title = "Saved without the plugin"
                again.save_revision().publish()
                assert BESIDE in body_of(client, page)
                assert stream.stored(page) == stored
            forget_blocks()
            back = stream.again(page)
            assert stream.name in [part.block_type for part in getattr(back, stream.field.name)]
            assert body_of(client, page).count(stream.name) == shown.count(stream.name)

    def test_off_its_blocks_are_hidden_and_kept(self, folkmoot_house: House, monkeypatch: pytest.MonkeyPatch) -> None:
        client = client_of(folkmoot_house.author)
        for _short, stream, page, stored in self.on_pages(folkmoot_house):
            spy = self._instead(stream, monkeypatch, lambda *args, **kwargs: CANARY)
            address = f"/api/v2/pages/{page.pk}/"
            assert CANARY in body_of(client, page)
            assert spy.calls
            assert f'"{stream.name}"' in client.get(address).content.decode()
            self.switch(folkmoot_house.organisation, rules.FORCED_OFF)
            assert CANARY not in body_of(client, page)
            assert f'"{stream.name}"' not in client.get(address).content.decode()
            stream.again(page).save_revision().publish()
            assert stream.stored(page) == stored
            self.switch(folkmoot_house.organisation, rules.ON)

    def test_a_block_that_raises_costs_its_place_only(
        self, folkmoot_house: House, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self._break_blocks(folkmoot_house, monkeypatch, raises)

    def test_a_block_whose_sql_does_not_end_costs_its_place_only(
        self, folkmoot_house: House, monkeypatch: pytest.MonkeyPatch, settings: Any
    ) -> None:
        settings.FOLKMOOT_CONTRIBUTION_SECONDS = SECONDS
        self._break_blocks(folkmoot_house, monkeypatch, never_ends)

    def _break_blocks(self, house: House, monkeypatch: pytest.MonkeyPatch, behave: Callable[..., Any]) -> None:
        client = client_of(house.author)
        for _short, stream, page, stored in self.on_pages(house):
            broken = self._instead(stream, monkeypatch, behave)
            text = body_of(client, page)
            assert broken.calls
            assert BESIDE in text
            assert PLACEHOLDER in text
            breaker.flush()
            assert Trouble.objects.filter(plugin=self.plugin, place=f"block {stream.name}").exists()
            breaker.forget()
            assert stream.stored(page) == stored

    def _instead(self, stream: Stream, monkeypatch: pytest.MonkeyPatch, behave: Callable[..., Any]) -> Spy:
        block = stream.field.stream_block.child_blocks[stream.name]
        spy = Spy(block.render, behave)
        monkeypatch.setattr(block, "render", spy)
        return spy


def body_of(client: Any, page: Any) -> str:
    response = client.get(page.url)
    assert response.status_code == 200, f"{page.url} answers {response.status_code}"
    text: str = response.content.decode()
    return text
