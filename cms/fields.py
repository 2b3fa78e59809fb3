"""The body of pages: a StreamField whose blocks can change without a migration."""

from __future__ import annotations

from typing import Any

from wagtail.fields import StreamField


class BodyField(StreamField):
    """Its list of blocks stays out of migrations: the column is JSON whatever the blocks are.

    So a plugin may contribute blocks, and be removed again, without touching the migrations of this app.
    """

    def deconstruct(self) -> tuple[str, str, list[Any], dict[str, Any]]:
        name, path, _blocks, kwargs = super().deconstruct()
        kwargs.pop("block_lookup", None)
        return name, path, [[]], kwargs
