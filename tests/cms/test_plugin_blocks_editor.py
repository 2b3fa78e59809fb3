"""Blocks of plugins in the editor's form: off, changed meanwhile, failing."""

from __future__ import annotations

import json

import pytest
from django.http import QueryDict
from wagtail import blocks

from cms.models import NewsPage
from portal.host import rules
from portal.host.blocks import reserved
from portal.host.diagnosis import problems
from portal.host.models import Trouble
from tests.cms.plugin_blocks import (
    HEADING,
    SLUG,
    DishBlock,
    body_of,
    dish,
    forget_blocks,
    page_with,
    stored,
)


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
