"""Blocks of plugins in the body of pages: gated, isolated, and never lost."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest
from django.contrib.contenttypes.models import ContentType
from django.core import signing
from django.http import QueryDict
from wagtail import blocks
from wagtail.models import ReferenceIndex, Revision

from cms.blocks import Body
from cms.models import NewsPage
from portal.catalogue.models import Entry
from portal.host import rules
from portal.host.blocks import SALT, reserved
from portal.host.diagnosis import problems
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
    for value in (forged, json.dumps(GONE), json.dumps({"kept": forged}), json.dumps({"kept": GONE}), "[]", ""):
        sent = block.value_from_datadict(stream_data(page, unavailable=value), {}, "body")
        with pytest.raises(blocks.StreamBlockValidationError):
            block.clean(sent)
    sent = json.loads(stream_data(page)["body-0-value"])
    assert signing.loads(sent["kept"], salt=SALT) == GONE
    assert sent["why"] == "Its plugin is not installed. IT can bring it back."


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


@pytest.mark.parametrize("odd", [{"type": "lunch_menu", "value": 7}, {"value": None, "id": "x", "type": "lunch_menu"}])
def test_what_is_kept_gains_and_loses_nothing(odd, news):
    page = page_with(news, TEXT, odd)
    list(page.body)
    page.save_revision().publish()
    assert stored(page)[1] == odd


def test_what_is_kept_survives_a_revert_a_move_and_a_comparison(news, as_ida):
    page = page_with(news, GONE, TEXT)
    first = page.save_revision()
    page.body = []
    page.save_revision().publish()
    assert stored(page) == []
    first.publish()
    assert stored(page) == [GONE, TEXT]
    page.refresh_from_db()
    page.move(factories.section(news, "Canteens"), "last-child")
    assert stored(NewsPage.objects.get(pk=page.pk)) == [GONE, TEXT]
    assert as_ida.get(f"/admin/pages/{page.pk}/revisions/compare/earliest...live/").status_code == 200


def test_a_record_of_what_refers_to_what_outlives_the_block(news, as_ida):
    page = page_with(news, TEXT)
    image = factories.image()
    found = ReferenceIndex.objects.create(
        base_content_type=ReferenceIndex._get_base_content_type(NewsPage),
        content_type=ContentType.objects.get_for_model(NewsPage),
        object_id=page.pk,
        to_content_type=ContentType.objects.get_for_model(image),
        to_object_id=image.pk,
        model_path="body.lunch_menu.photo",
        content_path="body.x.photo",
        content_path_hash="5ffa3a0d1d4c4a408d543d1f6a6f7f09",
    )
    assert "Kept part of a plugin" in found.describe_source_field()
    assert as_ida.get(f"/admin/images/usage/{image.pk}/").status_code == 200


def test_an_unknown_type_given_by_a_program_is_refused(news):
    with pytest.raises(ValueError, match="there is no block 'lunch_menu'"):
        factories.page(news, "Canteen", body=[("lunch_menu", {"day": "today"})])


class Editor:
    """The page's form as an editor gets it, and sends it back."""

    def __init__(self, page, person):
        kind = NewsPage.get_edit_handler().get_form_class()
        self.page, self.form = page, kind(instance=page, for_user=person, parent_page=page.get_parent())
        self.block = self.form.fields["body"].block
        self.state = self.block.get_form_state(self.form.initial["body"])

    def offered(self):
        return set(self.block.child_blocks)

    def sent(self, *, also=()):
        data = QueryDict(mutable=True)
        parts = [(one["type"], one["value"], one["id"]) for one in self.state] + list(also)
        data["body-count"] = len(parts)
        for number, (kind, value, key) in enumerate(parts):
            prefix = f"body-{number}"
            fields = {"type": kind, "order": number, "deleted": "", "id": key}
            inner = {"value": value} if not isinstance(value, dict) else {f"value-{n}": v for n, v in value.items()}
            data.update({f"{prefix}-{name}": part for name, part in (fields | inner).items()})
        return data

    def saved(self, data):
        """What would be stored; raises what the block finds wrong."""
        found = self.block.value_from_datadict(data, {}, "body")
        whole = self.form._whole["body"]
        return whole.get_prep_value(whole.to_python(self.block.get_prep_value(self.block.clean(found))))


def test_where_a_plugin_is_off_its_parts_are_not_offered_and_those_there_are_kept(dishes, news, bob, emergency):
    page = page_with(news, HEADING, dish())
    assert "microblog_dish" in Editor(page, bob).offered()
    rules.set_rule(SLUG, emergency, rules.OFF, acting_person=None)
    editor = Editor(page, bob)
    assert "microblog_dish" not in editor.offered()
    assert [one["type"] for one in editor.state] == ["heading", "unavailable"]
    assert json.loads(editor.state[1]["value"])["why"] == "“Microblog” is switched off here. Your IT can switch it on."
    assert editor.saved(editor.sent()) == [HEADING, dish()]


def test_in_a_home_where_it_is_off_nobody_edits_its_parts(dishes, news, bob, laboratory):
    page = page_with(news, dish(), department=laboratory)
    rules.set_rule(SLUG, laboratory, rules.OFF, acting_person=None)
    assert "microblog_dish" not in Editor(page, bob).offered()


def test_switched_off_while_somebody_writes_nothing_is_lost_and_nothing_new_gets_in(dishes, news, bob, emergency):
    page = page_with(news, HEADING, dish())
    sent = Editor(page, bob).sent()
    sent["body-1-value-dish"] = "changed meanwhile"
    more = Editor(page, bob).sent(also=[("microblog_dish", {"dish": "forged"}, "5ffa3a0d-1d4c-4a40-8d54-3d1f6a6f7f08")])
    rules.set_rule(SLUG, emergency, rules.OFF, acting_person=None)
    editor = Editor(page, bob)
    assert editor.saved(sent) == [HEADING, dish()]
    with pytest.raises(blocks.StreamBlockValidationError):
        editor.saved(more)


def failing(*args, **kwargs):
    raise RuntimeError("burnt")


@pytest.fixture
def broken(dishes, monkeypatch):
    """The plugin's block fails in one of its methods from now on."""

    def fail(method):
        block = dishes.body.child_blocks["microblog_dish"]
        monkeypatch.setitem(block._folkmoot_guarded.does, method, failing)

    return fail


def test_what_a_plugin_cannot_read_is_kept_and_costs_its_own_place(dishes, broken, news, bob, as_bob):
    page = page_with(news, HEADING, dish())
    broken("bulk_to_python")
    page = NewsPage.objects.get(pk=page.pk)
    text = body_of(as_bob, page)
    assert "Before" in text
    assert "could not be loaded" in text
    assert as_bob.get(f"/api/v2/pages/{page.pk}/").status_code == 200
    list(page.body)
    page.save_revision().publish()
    assert stored(page) == [HEADING, dish()]
    editor = Editor(NewsPage.objects.get(pk=page.pk), bob)
    assert json.loads(editor.state[1]["value"])["why"].startswith("“Microblog” could not read this part.")
    assert editor.saved(editor.sent()) == [HEADING, dish()]
    assert "bulk_to_python" not in Trouble.objects.get().error


@pytest.mark.parametrize("method", ["clean", "value_from_datadict"])
def test_what_a_plugin_cannot_check_is_said_at_its_place(method, dishes, broken, news, bob):
    page = page_with(news, HEADING, dish())
    editor = Editor(page, bob)
    broken(method)
    with pytest.raises(blocks.StreamBlockValidationError) as caught:
        editor.saved(editor.sent())
    assert "“Microblog” could not check this part" in str(caught.value.block_errors)


def test_references_that_cannot_be_told_cost_no_saving(dishes, broken, news):
    page = page_with(news, HEADING, dish())
    broken("extract_references")
    page.save_revision().publish()
    assert stored(page) == [HEADING, dish()]


def test_a_part_that_does_not_fit_is_no_failure_of_the_plugin(dishes, news, bob):
    editor = Editor(page_with(news, dish()), bob)
    sent = editor.sent()
    sent["body-0-value-dish"] = ""
    with pytest.raises(blocks.StreamBlockValidationError):
        editor.saved(sent)
    assert not Trouble.objects.exists()


def test_of_two_blocks_with_one_name_the_cores_stays_and_it_is_told(dishes, news):
    dishes.contributions.blocks["dish"] = DishBlock()
    reserved.add("microblog_dish")
    try:
        forget_blocks(dishes.body)
        assert "microblog_dish" not in dishes.body.child_blocks
        (problem,) = (each for each in problems() if each.kind == "block")
        assert (problem.plugin, "microblog_dish" in problem.text) == (SLUG, True)
    finally:
        reserved.discard("microblog_dish")
