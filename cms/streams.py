"""The body of a page: blocks of our own, and those that plugins bring."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from copy import copy
from types import MappingProxyType
from typing import Any

from django.apps import apps
from django.utils.functional import cached_property

from portal.host import gate
from portal.host.blocks import (
    UNAVAILABLE,
    Blocks,
    KeepingStreamBlock,
    UnavailableBlock,
    blocks_of_plugins,
    kept,
    reserved,
)
from portal.host.guard import FAILED, Failed, guarded
from portal.host.isolation import Broken, isolate
from portal.host.registry import Installed
from portal.host.surfaces import html_of
from portal.people.models import Department


class PluginStreamBlock(KeepingStreamBlock):
    """A stream to which plugins add their blocks, as `<slug>_<name>` (with _ for each - of the slug).

    They are found when the site is up, so that models and migrations know nothing of them. A block of a plugin is
    shown where the plugin is on in the page's home department and for the reader. Its text is not indexed: an
    entry's text has to be right for its whole audience, and a plugin may be switched off for some of it.
    """

    @property
    def child_blocks(self) -> Mapping[str, Any]:
        return self._all if apps.ready else self._own

    @child_blocks.setter
    def child_blocks(self, own: dict[str, Any]) -> None:
        self._own = Blocks(own)
        reserved.update(own)

    @cached_property
    def _contributed(self) -> dict[str, tuple[Installed, Any]]:
        found = {}
        for plugin, name, block in blocks_of_plugins():
            block.set_name(name)
            block.meta.group = block.meta.group or plugin.manifest.title
            isolate(plugin, name, block)
            found[name] = (plugin, block)
        return found

    @cached_property
    def _all(self) -> Blocks:
        return Blocks(self._own | {name: block for name, (_plugin, block) in self._contributed.items()})

    def for_editor(self, value: Any, person: Any, department: Department | None) -> tuple[PluginStreamBlock, Any]:
        """The block and the value that an editor works with: what is not on for both is only kept, as it is stored."""
        stored, closed = self.get_prep_value(value), set()
        for name, (plugin, _block) in self._contributed.items():
            if not _is_on(plugin.slug, person, department):
                closed.add(name)
        broken = {child.block_type for child in value or [] if self._is_broken(child)}
        mine = copy(self)
        mine.__dict__["_all"] = Blocks(
            {
                name: self._personal(name, block, person)
                for name, block in self._all.items()
                if name not in closed | broken
            }
        )
        mine._kept = {child["id"]: child for child in stored if child.get("id") and child["type"] in closed | broken}
        mine._broken = broken
        return mine, mine.to_python(stored)

    def _personal(self, name: str, block: Any, person: Any) -> Any:
        """A plugin's block with `for_editor(person)` gives one that shows no more than this editor may see."""
        plugin = self.owner_of(name)
        if plugin is None or not hasattr(block, "for_editor"):
            return block
        return guarded(plugin.slug, f"block {name}", block, block.for_editor, person)

    def _is_broken(self, child: Any) -> bool:
        """Whether it cannot be edited: it could not be read, or its plugin gives the editor nothing to draw."""
        plugin = self.owner_of(child.block_type)
        if plugin is None or isinstance(child.value, Broken):
            return plugin is not None
        state = guarded(plugin.slug, f"block {child.block_type}", FAILED, child.block.get_form_state, child.value)
        return isinstance(state, Failed)

    _kept: Mapping[str, dict[str, Any]] = MappingProxyType({})  # by id, of `for_editor`
    _broken: Collection[str] = frozenset()

    def _known(self, child: Any) -> Any:
        return kept(child, fault=True) if child["type"] in self._broken else super()._known(child)

    def value_from_datadict(self, data: Any, files: Any, prefix: str) -> Any:
        """What came to be closed while the editor wrote goes back as it was stored; new ones are refused by `clean`."""
        data = data.copy()
        for number in range(int(data.get(f"{prefix}-count") or 0)):
            here = f"{prefix}-{number}"
            if data.get(f"{here}-type") not in self.child_blocks:
                stored = self._kept.get(data.get(f"{here}-id", ""))
                data[f"{here}-type"] = UNAVAILABLE
                data[f"{here}-value"] = self.unavailable_block.value_for_form(stored)
        return super().value_from_datadict(data, files, prefix)

    @property
    def unavailable_block(self) -> UnavailableBlock:
        block: UnavailableBlock = self._own[UNAVAILABLE]
        return block

    def owner_of(self, name: str) -> Installed | None:
        """The plugin that brings the block; None for one of our own."""
        found = self._contributed.get(name)
        return found[0] if found else None

    def get_searchable_content(self, value: Any) -> list[str]:
        if not self.search_index:
            return []
        own = [child for child in value if child.block_type in self._own]
        return [text for child in own for text in child.block.get_searchable_content(child.value)]

    def rendered(self, child: Any, context: dict[str, Any]) -> Any:
        """The child itself; of a plugin's block its HTML, "" where the plugin is off, a placeholder if it fails."""
        plugin = self.owner_of(child.block_type)
        if plugin is None:
            return child
        if not _is_open(plugin.slug, context.get("request"), context.get("page")):
            return ""
        return html_of(plugin, f"block {child.block_type}", str(plugin.manifest.title), child.render, context)

    def _represent(self, child: Any, context: dict[str, Any] | None) -> dict[str, Any] | None:
        plugin = self.owner_of(child.block_type)
        if plugin is None:
            return super()._represent(child, context)
        given = context or {}
        if not _is_open(plugin.slug, given.get("request"), given.get("page")):
            return None
        shown: dict[str, Any] | None = guarded(
            plugin.slug, f"block {child.block_type}", None, super()._represent, child, context
        )
        # What is not for this reader is not there at all: not even that something is.
        return shown if shown and shown["value"] is not None else None


def _is_open(slug: str, request: Any, page: Any) -> bool:
    """Without a reader or a page nobody can tell, so it is shut."""
    if request is None or page is None or not hasattr(page, "department"):
        return False
    return _is_on(slug, request.user, page.department)


def _is_on(slug: str, person: Any, home: Department | None) -> bool:
    return gate.is_on_for(slug, person) and gate.is_on_in(slug, home)
