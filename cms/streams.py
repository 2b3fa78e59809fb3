"""A stream whose blocks may come from plugins, and which never loses what it does not know.

Wagtail drops blocks of an unknown type when it loads a stream, so that the next save deletes them. Here they become
blocks of the type "unavailable", which hold what was stored and write it back as it was.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from django import forms
from django.apps import apps
from django.core import signing
from django.core.exceptions import ValidationError
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail import blocks
from wagtail.admin.staticfiles import versioned_static
from wagtail.admin.telepath import register
from wagtail.blocks.stream_block import StreamBlockAdapter

from portal.host import gate
from portal.host.guard import guarded
from portal.host.registry import Installed, registry
from portal.host.surfaces import html_of

UNAVAILABLE = "unavailable"
SALT = "cms.streams.unavailable"


class UnavailableBlock(blocks.FieldBlock):
    """What is left of a block whose plugin is not here: kept, moved, deleted on purpose, but not changed.

    The editor's form carries it signed, so that nobody writes by hand what no block has checked.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.field = forms.CharField(required=False, widget=forms.HiddenInput, help_text=self.meta.help_text)

    def value_for_form(self, value: dict[str, Any] | None) -> str:
        return signing.dumps(value, salt=SALT, compress=True) if value else ""

    def value_from_form(self, value: str) -> dict[str, Any] | None:
        try:
            kept: dict[str, Any] = signing.loads(value, salt=SALT)
        except signing.BadSignature:
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
        help_text = gettext_lazy(
            "Its plugin is not installed or does not run just now. It is kept as it is and shown to nobody; "
            "you may move it or delete it."
        )


def _kept(stored: Any) -> dict[str, Any]:
    """A stored block of an unknown type, in its envelope."""
    rest = {name: value for name, value in stored.items() if name not in ("type", "value", "id")}
    envelope = {"type": stored["type"], "value": stored["value"]} | ({"rest": rest} if rest else {})
    return {"type": UNAVAILABLE, "value": envelope, "id": stored.get("id")}


def _as_stored(prepared: dict[str, Any]) -> dict[str, Any]:
    if prepared["type"] != UNAVAILABLE or not prepared["value"]:
        return prepared
    envelope = prepared["value"]
    stored = {"type": envelope["type"], "value": envelope["value"], "id": prepared["id"]}
    return stored | envelope.get("rest", {})


class KeepingStreamBlock(blocks.StreamBlock):
    """A stream block that keeps what it does not know. For streams inside the blocks of plugins too."""

    unavailable = UnavailableBlock()

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str) and value:
            try:
                value = json.loads(value)
            except ValueError:
                return super().to_python(value)
        if isinstance(value, list) and value and isinstance(value[0], dict):
            value = [self._known(child) for child in value]
        return super().to_python(value)

    def bulk_to_python(self, values: Any) -> Any:
        return super().bulk_to_python([[self._known(child) for child in stream] for stream in values])

    def _known(self, child: Any) -> Any:
        return child if child["type"] in self.child_blocks else _kept(child)

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

    js_constructor = "cms.streams.KeepingStreamBlock"

    @cached_property
    def media(self) -> forms.Media:
        return super().media + forms.Media(js=[versioned_static("cms/js/kept_blocks.js")])


register(KeepingStreamAdapter(), KeepingStreamBlock)


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
        self._own = own

    @cached_property
    def _contributed(self) -> dict[str, tuple[Installed, Any]]:
        return dict(_contributed_blocks())

    @cached_property
    def _all(self) -> dict[str, Any]:
        return self._own | {name: block for name, (_plugin, block) in self._contributed.items()}

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
        return guarded(plugin.slug, f"block {child.block_type}", None, super()._represent, child, context)


def _is_open(slug: str, request: Any, page: Any) -> bool:
    """Without a reader or a page nobody can tell, so it is shut."""
    if request is None or page is None or not hasattr(page, "department"):
        return False
    return gate.is_on_for(slug, request.user) and gate.is_on_in(slug, page.department)


def _contributed_blocks() -> Iterator[tuple[str, tuple[Installed, Any]]]:
    for plugin in registry.active():
        for short, block in plugin.contributions.blocks.items():
            name = f"{plugin.slug.replace('-', '_')}_{short}"
            block.set_name(name)
            block.meta.group = block.meta.group or plugin.manifest.title
            yield name, (plugin, block)
