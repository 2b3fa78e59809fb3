"""Streams of blocks that never lose what they do not know. For the fields and blocks of plugins too.

Wagtail drops blocks of an unknown type when it loads a stream, so that the next save deletes them. Here they become
blocks of the type "unavailable", which hold what was stored and write it back as it was.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from django import forms
from django.core import signing
from django.core.exceptions import ValidationError
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail import blocks
from wagtail.admin.staticfiles import versioned_static
from wagtail.admin.telepath import register
from wagtail.blocks.stream_block import StreamBlockAdapter

from portal.host.registry import Installed, registry

UNAVAILABLE = "unavailable"
SALT = "portal.host.blocks.unavailable"
FAULT = "fault"  # beside what was stored, in memory only: its plugin runs, but could not read it


def prefix_of(plugin: Installed) -> str:
    """What the names of its blocks begin with."""
    return plugin.slug.replace("-", "_") + "_"


def _plugin_of(name: str) -> Installed | None:
    """The installed plugin to which a block of this type would belong; the longest name wins."""
    found = [plugin for plugin in registry.all().values() if name.startswith(prefix_of(plugin))]
    return max(found, key=lambda plugin: len(plugin.slug), default=None)


def why_kept(kept: dict[str, Any]) -> str:
    """Why a part is only kept, for the editor: which plugin it is of, what is the matter, whom to ask."""
    plugin = _plugin_of(str(kept.get("type", "")))
    if plugin is None:
        return _("Its plugin is not installed. IT can bring it back.")
    name = {"plugin": plugin.manifest.title}
    if plugin.problem:
        return _("“%(plugin)s” does not run just now. IT sees why.") % name
    if kept.get(FAULT):
        return _("“%(plugin)s” could not read this part. IT sees the error.") % name
    if str(kept.get("type", "")).removeprefix(prefix_of(plugin)) not in plugin.contributions.blocks:
        return _("“%(plugin)s” no longer has parts of this kind.") % name
    return _("“%(plugin)s” is switched off here. Your IT can switch it on.") % name


class UnavailableBlock(blocks.FieldBlock):
    """What is left of a block that cannot be worked with here: kept, moved, deleted on purpose, but not changed.

    The editor's form carries it signed, so that nobody writes by hand what no block has checked; in front of that
    stands why, which the editor shows.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.field = forms.CharField(required=False, widget=forms.HiddenInput, help_text=self.meta.help_text)

    def value_for_form(self, value: dict[str, Any] | None) -> str:
        if not value:
            return ""
        stored = {name: part for name, part in value.items() if name != FAULT}
        return json.dumps({"why": why_kept(value), "kept": signing.dumps(stored, salt=SALT, compress=True)})

    def value_from_form(self, value: str) -> dict[str, Any] | None:
        try:
            kept: dict[str, Any] = signing.loads(json.loads(value)["kept"], salt=SALT)
        except (signing.BadSignature, ValueError, TypeError, KeyError):
            return None
        return kept

    def clean(self, value: dict[str, Any] | None) -> dict[str, Any]:
        if not value:
            raise ValidationError(
                _("This part cannot be made by hand. Delete it; what was stored stays in the history.")
            )
        return value

    def render_basic(self, value: Any, context: Any = None) -> str:
        return ""

    def get_searchable_content(self, value: Any) -> list[str]:
        return []

    class Meta:
        icon = "lock"
        label = gettext_lazy("Kept part of a plugin")
        default = None
        help_text = gettext_lazy("It is kept as it is and shown to nobody; you may move it or delete it.")


def kept(stored: dict[str, Any], *, fault: bool = False) -> dict[str, Any]:
    """A stored block, as one that is only kept."""
    return {"type": UNAVAILABLE, "value": stored | ({FAULT: True} if fault else {}), "id": stored.get("id")}


def _as_stored(prepared: dict[str, Any]) -> dict[str, Any]:
    """Just what was stored, but for the id of what the editor has doubled."""
    if prepared["type"] != UNAVAILABLE or not prepared["value"]:
        return prepared
    stored = {name: part for name, part in prepared["value"].items() if name != FAULT}
    if stored.get("id") and prepared["id"] != stored["id"]:
        stored["id"] = prepared["id"]
    return stored


reserved: set[str] = set()  # the names of the core's own blocks


def blocks_of_plugins() -> Iterator[tuple[Installed, str, Any]]:
    """(plugin, type, block) of all that plugins bring; of two with one type the first, the core's before any."""
    taken = set(reserved)
    for plugin, name, block in _brought():
        if name not in taken:
            taken.add(name)
            yield plugin, name, block


def clashes() -> Iterator[tuple[str, str]]:
    """(slug, type) of the blocks that are left out, because there is another one with that type."""
    used = {id(block) for _plugin, _name, block in blocks_of_plugins()}
    for plugin, name, block in _brought():
        if id(block) not in used:
            yield plugin.slug, name


def _brought() -> Iterator[tuple[Installed, str, Any]]:
    for plugin in registry.active():
        for short, block in plugin.contributions.blocks.items():
            yield plugin, prefix_of(plugin) + short, block


class Blocks(dict[str, Any]):
    """Blocks by type. One that is asked for by an unknown type is the one that keeps: records outlive their blocks."""

    def __missing__(self, name: str) -> Any:
        return self[UNAVAILABLE]


class KeepingStreamBlock(blocks.StreamBlock):
    """A stream block that keeps what it does not know."""

    child_blocks: dict[str, Any]
    unavailable = UnavailableBlock()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not isinstance(self.child_blocks, Blocks):
            self.child_blocks = Blocks(self.child_blocks)

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str) and value:
            try:
                value = json.loads(value)
            except ValueError:
                return super().to_python(value)
        if isinstance(value, list) and value:
            value = [self._known(child) if isinstance(child, dict) else self._named(child) for child in value]
        return super().to_python(value)

    def bulk_to_python(self, values: Any) -> Any:
        return super().bulk_to_python([[self._known(child) for child in stream] for stream in values])

    def _known(self, child: Any) -> Any:
        return child if child["type"] in self.child_blocks else kept(child)

    def _named(self, child: Any) -> Any:
        """A pair (type, value), as programs write it: of an unknown type there is nothing to keep it by."""
        if isinstance(child, tuple | list) and len(child) == 2 and child[0] not in self.child_blocks:
            raise ValueError(f"there is no block {child[0]!r}; there are: {', '.join(sorted(self.child_blocks))}")
        return child

    def get_prep_value(self, value: Any) -> list[dict[str, Any]]:
        return [_as_stored(child) for child in super().get_prep_value(value)]

    def get_api_representation(self, value: Any, context: dict[str, Any] | None = None) -> list[dict[str, Any]]:
        shown = [child for child in value or [] if child.block_type != UNAVAILABLE]
        return [represented for child in shown if (represented := self._represent(child, context)) is not None]

    def _represent(self, child: Any, context: dict[str, Any] | None) -> dict[str, Any] | None:
        value = child.block.get_api_representation(child.value, context=context)
        return {"type": child.block_type, "value": value, "id": child.id}


class KeepingStreamAdapter(StreamBlockAdapter):
    """The editor offers no kept part for adding; those that are there stay."""

    js_constructor = "portal.host.KeepingStreamBlock"

    @cached_property
    def media(self) -> forms.Media:
        return super().media + forms.Media(js=[versioned_static("host/kept_blocks.js")])


register(KeepingStreamAdapter(), KeepingStreamBlock)
