"""Blocks of plugins in the body of pages: gated, isolated, and never lost."""

from __future__ import annotations

import json

import pytest
from django.contrib.contenttypes.models import ContentType
from django.core import signing
from wagtail import blocks
from wagtail.models import ReferenceIndex, Revision

from cms.models import NewsPage
from portal.catalogue.models import Entry
from portal.host import rules
from portal.host.blocks import SALT
from portal.host.models import Trouble
from tests.cms import factories
from tests.cms.plugin_blocks import (
    GONE,
    SLUG,
    TEXT,
    body_of,
    dish,
    forget_blocks,
    page_with,
    stored,
)


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
