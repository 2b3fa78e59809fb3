"""A plugin that brings a block for pages, and pages that hold it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from wagtail import blocks

from cms.blocks import Body
from tests.cms import factories

SLUG = "microblog"
GONE = {
    "type": "lunch_menu",
    "value": {"day": "2026-11-27", "dishes": ["soup", {"name": "stew", "price": 4.5}], "note": None},
    "id": "5ffa3a0d-1d4c-4a40-8d54-3d1f6a6f7f01",
}
TEXT = {"type": "paragraph", "value": "<p>Before</p>", "id": "5ffa3a0d-1d4c-4a40-8d54-3d1f6a6f7f02"}

HEADING = {"type": "heading", "value": "Before", "id": "5ffa3a0d-1d4c-4a40-8d54-3d1f6a6f7f04"}


class DishBlock(blocks.StructBlock):
    dish = blocks.CharBlock()

    class Meta:
        template = "cms/blocks/none.html"

    def render(self, value: Any, context: Any = None) -> Any:
        if value["dish"] == "bad":
            raise RuntimeError("burnt")
        from django.utils.html import format_html

        return format_html("<p>Today: {}</p>", value["dish"])


def forget_blocks(body: Body) -> None:
    for name in ("_contributed", "_all"):
        body.__dict__.pop(name, None)


@dataclass
class Contributed:
    contributions: Any
    body: Body

    def remove(self) -> None:
        self.contributions.blocks = {}
        forget_blocks(self.body)


def dish(name="soup"):
    return {"type": "microblog_dish", "value": {"dish": name}, "id": "5ffa3a0d-1d4c-4a40-8d54-3d1f6a6f7f03"}


def stored(page) -> list[dict[str, Any]]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT body FROM cms_contentpage WHERE page_ptr_id = %s", [page.pk])
        value = cursor.fetchone()[0]
    return json.loads(value) if isinstance(value, str) else value


def page_with(section, *parts, **fields):
    return factories.page(section, "Canteen", body=json.dumps(parts), **fields)


def body_of(client, page) -> str:
    answer = client.get(page.url)
    assert answer.status_code == 200
    return answer.content.decode()
