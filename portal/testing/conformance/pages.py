"""A page of the managed content into whose stream plugins put blocks, whichever model that is."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from typing import Any

from django.db import connection
from django.utils.functional import cached_property
from wagtail.blocks import RichTextBlock
from wagtail.fields import StreamField
from wagtail.models import Page, Site, get_page_models

from portal.testing.plugin import House


def block_name(slug: str, short: str) -> str:
    """What a contributed block is called in a stream."""
    return f"{slug.replace('-', '_')}_{short}"


class Stream:
    """The stream of the first page model that takes the block `name`; without a name, of the first that has one."""

    def __init__(self, name: str = "") -> None:
        self.name = name
        self.model, self.field = self._found()

    def _found(self) -> tuple[type[Page], StreamField]:
        forget_blocks()
        for model, field in streams():
            if model.is_creatable and (not self.name or self.name in field.stream_block.child_blocks):
                return model, field
        raise AssertionError(f"no page takes the block {self.name!r}")

    def text(self, words: str) -> dict[str, Any]:
        """A part with these words, as it is stored, in the stream's own block of formatted text."""
        blocks = self.field.stream_block.child_blocks
        kind = next(name for name, block in blocks.items() if isinstance(block, RichTextBlock))
        return {"type": kind, "value": f"<p>{words}</p>", "id": str(uuid.uuid4())}

    def part(self, value: Any) -> dict[str, Any]:
        """The plugin's block with this value, as it is stored."""
        return {"type": self.name, "value": value, "id": str(uuid.uuid4())}

    def page(self, house: House, *parts: dict[str, Any]) -> Page:
        """A published page at home in the house's department."""
        made = self.model(title="Conformance of blocks", live=False, **{self.field.name: json.dumps(parts)})
        if hasattr(self.model, "department"):
            made.department = house.department
        self._parent().add_child(instance=made)
        made.save_revision().publish()
        return self.again(made)

    def again(self, page: Page) -> Page:
        found: Page = self.model._default_manager.get(pk=page.pk)
        return found

    def _parent(self) -> Page:
        kind = self.model.allowed_parent_page_models()[0]
        root = Page.get_first_root_node() or Page.add_root(title="Root", slug="root")
        site = Site.objects.filter(is_default_site=True).first()
        start = site.root_page.specific if site else root.add_child(instance=kind(title="Start"))
        if site is None:
            Site.objects.create(hostname="localhost", root_page=start, is_default_site=True, site_name="Conformance")
        parent = start.add_child(instance=kind(title="Conformance"))
        parent.save_revision().publish()
        return kind.objects.get(pk=parent.pk)

    def stored(self, page: Page) -> list[dict[str, Any]]:
        """The column as it is in the database, past all models."""
        model = self.field.model
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT {self.field.column} FROM {model._meta.db_table} WHERE {model._meta.pk.column} = %s",  # noqa: S608
                [page.pk],
            )
            value = cursor.fetchone()[0]
        found: list[dict[str, Any]] = json.loads(value) if isinstance(value, str) else value
        return found


def streams() -> Iterator[tuple[type[Page], StreamField]]:
    for model in get_page_models():
        for field in model._meta.get_fields():
            if isinstance(field, StreamField):
                yield model, field


def forget_blocks() -> None:
    """Drops what streams worked out once about the blocks there are, as in a process with other plugins."""
    for _model, field in streams():
        block = field.stream_block
        for name in list(vars(block)):
            if isinstance(getattr(type(block), name, None), cached_property):
                delattr(block, name)
