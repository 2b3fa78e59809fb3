"""Blocks of plugins in the body of pages: gated, isolated, and never lost."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest
from django.core import signing
from wagtail import blocks
from wagtail.models import Revision

from cms.blocks import Body
from cms.models import NewsPage
from cms.streams import SALT
from portal.catalogue.models import Entry
from portal.host import rules
from portal.host.models import Trouble
from portal.host.registry import registry
from tests.cms import factories

SLUG = "microblog"
GONE = {
    "type": "lunch_menu",
    "value": {"day": "2026-11-27", "dishes": ["soup", {"name": "stew", "price": 4.5}], "note": None},
    "id": "5ffa3a0d-1d4c-4a40-8d54-3d1f6a6f7f01",
}
TEXT = {"type": "paragraph", "value": "<p>Before</p>", "id": "5ffa3a0d-1d4c-4a40-8d54-3d1f6a6f7f02"}


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


@pytest.fixture
def dishes(monkeypatch):
    """The plugin brings a block, until `remove`."""
    contributions = registry.get(SLUG).contributions
    monkeypatch.setattr(contributions, "blocks", {"dish": DishBlock()})
    body = NewsPage._meta.get_field("body").stream_block
    forget_blocks(body)
    yield Contributed(contributions, body)
    monkeypatch.undo()
    forget_blocks(body)


@pytest.fixture
def news(tree):
    return tree.news


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


def test_a_block_of_an_unknown_type_survives_saving(news):
    page = page_with(news, TEXT, GONE)
    assert stored(page) == [TEXT, GONE]
    page.title = "Canteen, again"
    page.save_revision().publish()
    assert stored(page) == [TEXT, GONE]
    assert json.loads(Revision.objects.latest("pk").content["body"]) == [TEXT, GONE]


def test_it_survives_being_looked_at_before_it_is_saved(news):
    page = page_with(news, GONE, TEXT)
    assert [part.block_type for part in page.body] == ["unavailable", "paragraph"]
    page.save()
    assert stored(page) == [GONE, TEXT]


def test_unknown_fields_beside_type_and_value_survive_too(news):
    odd = GONE | {"locked": True}
    page = page_with(news, odd)
    list(page.body)
    page.save()
    assert stored(page) == [odd]


def test_a_copy_of_the_page_has_it_too(news):
    page = page_with(news, GONE)
    copy = page.copy(update_attrs={"slug": "copy"})
    assert [(part["type"], part["value"]) for part in stored(copy)] == [(GONE["type"], GONE["value"])]


def stream_data(page, **changed):
    """What the editor's script would send for the stream as it stands."""
    data = {"body-count": len(page.body)}
    block = page.body.stream_block
    for number, state in enumerate(block.get_form_state(page.body)):
        prefix = f"body-{number}"
        value = changed.get(state["type"], state["value"])
        data |= {f"{prefix}-type": state["type"], f"{prefix}-order": number, f"{prefix}-deleted": ""}
        data |= {f"{prefix}-id": state["id"], f"{prefix}-value": value}
    return data


def test_the_editor_sends_it_back_untouched(news):
    page = page_with(news, GONE)
    block = page.body.stream_block
    sent = block.value_from_datadict(stream_data(page), {}, "body")
    assert block.get_prep_value(block.clean(sent)) == [GONE]


def test_nobody_writes_one_by_hand(news):
    page = page_with(news, GONE)
    block = page.body.stream_block
    forged = signing.dumps({"type": "html", "value": "<script>"}, salt="another")
    for value in (forged, json.dumps(GONE), ""):
        sent = block.value_from_datadict(stream_data(page, unavailable=value), {}, "body")
        with pytest.raises(blocks.StreamBlockValidationError):
            block.clean(sent)
    assert signing.loads(stream_data(page)["body-0-value"], salt=SALT)["type"] == "lunch_menu"


def test_the_editor_opens_a_page_with_a_kept_part(news, as_ida):
    page = page_with(news, TEXT, GONE)
    answer = as_ida.get(f"/admin/pages/{page.pk}/edit/")
    assert answer.status_code == 200
    assert "Kept part of a plugin" in answer.content.decode()


def test_readers_see_nothing_of_it(news, as_ida):
    page = page_with(news, TEXT, GONE)
    for text in (body_of(as_ida, page), as_ida.get(f"/api/v2/pages/{page.pk}/").content.decode()):
        assert "Before" in text
        assert "stew" not in text
        assert "lunch" not in text
    assert "stew" not in Entry.objects.get(label="wagtailcore.page", key=str(page.pk)).body


def test_a_block_of_a_plugin_is_shown(dishes, news, as_bob):
    page = page_with(news, TEXT, dish())
    assert "Today: soup" in body_of(as_bob, page)
    assert as_bob.get(f"/api/v2/pages/{page.pk}/").json()["body"][1]["value"] == {"dish": "soup"}


def test_off_it_is_hidden_and_unchanged(dishes, news, emergency, as_bob, as_charlie):  # A44
    page = page_with(news, TEXT, dish())
    rules.set_rule(SLUG, emergency, rules.OFF, acting_person=None)
    for client, shown in ((as_bob, False), (as_charlie, True)):
        assert ("Today: soup" in body_of(client, page)) is shown
        assert ("soup" in client.get(f"/api/v2/pages/{page.pk}/").content.decode()) is shown
    assert stored(page) == [TEXT, dish()]


def test_off_in_the_home_department_it_is_hidden_from_everybody(dishes, news, laboratory, as_bob):
    page = page_with(news, dish(), department=laboratory)
    assert "Today" in body_of(as_bob, page)
    rules.set_rule(SLUG, laboratory, rules.OFF, acting_person=None)
    assert "Today" not in body_of(as_bob, page)
    assert "soup" not in as_bob.get(f"/api/v2/pages/{page.pk}/").content.decode()


def test_its_text_is_not_indexed(dishes, news):
    page = page_with(news, TEXT, dish())
    assert "soup" not in Entry.objects.get(label="wagtailcore.page", key=str(page.pk)).body


def test_a_block_that_raises_costs_its_own_place(dishes, news, as_bob):
    text = body_of(as_bob, page_with(news, TEXT, dish("bad")))
    assert "Before" in text
    assert "could not be loaded" in text
    assert Trouble.objects.get().place == "block microblog_dish"


def test_removed_and_installed_again_it_is_whole(dishes, news, as_bob):
    page = page_with(news, TEXT, dish())
    contributed = dict(dishes.contributions.blocks)
    dishes.remove()
    page = NewsPage.objects.get(pk=page.pk)
    list(page.body)
    page.save_revision().publish()
    assert "Today" not in body_of(as_bob, page)
    assert stored(page) == [TEXT, dish()]
    dishes.contributions.blocks = contributed
    forget_blocks(dishes.body)
    assert "Today: soup" in body_of(as_bob, page)


def test_migrations_know_nothing_of_the_blocks(dishes):
    _name, _path, args, kwargs = NewsPage._meta.get_field("body").deconstruct()
    assert args == [[]]
    assert "block_lookup" not in kwargs
