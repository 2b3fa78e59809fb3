"""Plugins that cost too much, and platforms that let one plugin take a page down: the kit says so."""

from __future__ import annotations

from contextlib import nullcontext

import pytest
from django.utils.html import format_html
from wagtail import blocks

from cms.streams import KeepingStreamBlock
from plugins.microblog import actions
from plugins.microblog.models import Post
from portal.host import gate, guard, surfaces
from portal.host.plugin import NavItem, Widget
from portal.people.models import Person
from portal.testing.conformance import CANARY, contributions
from portal.testing.conformance.pages import forget_blocks

FOR_A_WHILE = {
    "sqlite": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 1000000) SELECT count(*) FROM n",
    "postgresql": "SELECT pg_sleep(0.4)",
}


@pytest.fixture
def unguarded(monkeypatch):
    """A platform that just calls what plugins contribute."""
    monkeypatch.setattr(contributions, "ENDLESS", FOR_A_WHILE)
    call = lambda slug, place, default, function, *args, **kwargs: function(*args, **kwargs)  # noqa: E731
    return lambda: monkeypatch.setattr(surfaces, "guarded", call)


@pytest.fixture
def rich(microblog, monkeypatch):
    """The microblog with a widget, an item of each sort of slot, and its navigation."""
    slots = {
        **microblog.slots,
        "entry.actions": lambda request, entries: {entry.pk: "seen" for entry in entries},
        "briefing": lambda request: ["Nothing is due."],
        "entry.below": lambda request, entry: "below",
        "person.profile": lambda request, person: "posts",
    }
    monkeypatch.setattr(microblog, "slots", slots)
    monkeypatch.setattr(microblog, "widgets", [Widget("newest", "Who's newest", lambda request: "a post")])
    return microblog


def break_each(posts, house, settings):
    """Both ways of breaking the contributions; which of them failed."""
    failed = []
    for test, extra in (
        (posts.test_a_contribution_that_raises_costs_its_place_only, []),
        (posts.test_sql_that_does_not_end_costs_its_place_only, [settings]),
    ):
        with pytest.MonkeyPatch.context() as patch:
            try:
                test(house, patch, *extra)
            except AssertionError as error:
                failed.append(str(error))
    return failed


def test_whatever_it_contributes_is_isolated(posts, folkmoot_house, rich, settings):
    assert break_each(posts, folkmoot_house, settings) == []


def test_a_page_that_falls_with_a_widget(posts, folkmoot_house, rich, settings, unguarded):
    unguarded()
    assert len(break_each(posts, folkmoot_house, settings)) == 2


def test_sql_that_nobody_cancels(posts, folkmoot_house, rich, settings, monkeypatch):
    monkeypatch.setattr(contributions, "ENDLESS", FOR_A_WHILE)
    assert break_each(posts, folkmoot_house, settings) == []
    monkeypatch.setattr(guard, "sql_budget", lambda seconds: nullcontext())
    (failure,) = break_each(posts, folkmoot_house, settings)
    assert "widget newest" in failure


def test_a_failure_that_says_nothing(posts, folkmoot_house, rich, settings, monkeypatch):
    monkeypatch.setattr(surfaces, "render_to_string", lambda *args: "")
    failures = break_each(posts, folkmoot_house, settings)
    assert ["says nothing" in failure for failure in failures] == [True, True]


def test_a_failure_that_takes_its_neighbours_along(posts, folkmoot_house, rich, settings, monkeypatch):
    drawn = surfaces.widgets

    def all_or_none(request):
        found = drawn(request)
        return [] if any("could not be loaded" in widget.html for widget in found) else found

    monkeypatch.setattr(surfaces, "widgets", all_or_none)
    assert len(break_each(posts, folkmoot_house, settings)) == 2


def test_a_slot_that_is_drawn_nowhere(posts, folkmoot_house, microblog, settings, monkeypatch):
    monkeypatch.setattr(microblog, "slots", {"no.such.slot": lambda request: ""})
    failures = break_each(posts, folkmoot_house, settings)
    assert all("places()" in failure for failure in failures)
    assert len(failures) == 2


def test_navigation_that_fails_alone(posts, folkmoot_house, microblog, settings, monkeypatch, unguarded):
    monkeypatch.setattr(microblog, "slots", {})
    monkeypatch.setattr(microblog, "navigation", [NavItem("Posts", "chat", "microblog:posts")])
    assert break_each(posts, folkmoot_house, settings) == []
    unguarded()
    assert len(break_each(posts, folkmoot_house, settings)) == 2


def test_a_row_that_stays_when_its_card_fails(posts, folkmoot_house, monkeypatch):
    def make(author, department):
        actions.publish_post.__wrapped__(CANARY, acting_person=author, department=department)

    monkeypatch.setattr(posts, "make", make)
    with pytest.raises(AssertionError, match="its entry could not be"), pytest.MonkeyPatch.context() as patch:
        posts.test_a_card_that_raises_costs_its_own_write_only(folkmoot_house, patch)


@pytest.mark.parametrize("slot", ["entry.actions", "timeline.above"])
def test_a_query_for_each_item(posts, folkmoot_house, microblog, monkeypatch, settings, slot):
    def of_each(request, given):
        for post in Post.objects.all():
            Person.objects.filter(pk=post.author_id).first()
        return {} if slot == "entry.actions" else ""

    monkeypatch.setattr(microblog, "slots", {slot: of_each})
    with pytest.raises(AssertionError, match=r"(?s)of its own.*people_person"):
        posts.test_lists_cost_the_same_for_1_and_for_50_items(folkmoot_house, settings)


def test_lists_that_do_not_grow(posts, folkmoot_house, monkeypatch, settings):
    monkeypatch.setattr(posts, "make_many", lambda house, count: None)
    with pytest.raises(AssertionError, match="would prove nothing"):
        posts.test_lists_cost_the_same_for_1_and_for_50_items(folkmoot_house, settings)


def test_a_gate_that_asks_the_database(posts, folkmoot_house, monkeypatch):
    monkeypatch.setattr(gate, "is_on_in", lambda slug, department: Post.objects.exists() or True)
    with pytest.raises(AssertionError, match="== 0"):
        posts.test_a_warm_gate_asks_no_database(folkmoot_house)


class DishBlock(blocks.StructBlock):
    dish = blocks.CharBlock(default="soup")

    def render(self, value, context=None):
        return format_html("<p>microblog_dish {}</p>", value["dish"])


@pytest.fixture
def dishes(microblog, monkeypatch):
    monkeypatch.setattr(microblog, "blocks", {"dish": DishBlock()})
    yield
    monkeypatch.undo()
    forget_blocks()


def of_blocks(posts, house, settings):
    """The kit's tests of blocks; which of them failed."""
    failed = []
    for test, extra in (
        (posts.test_its_blocks_survive_its_removal, []),
        (posts.test_off_its_blocks_are_hidden_and_kept, []),
        (posts.test_a_block_that_raises_costs_its_place_only, []),
        (posts.test_a_block_whose_sql_does_not_end_costs_its_place_only, [settings]),
    ):
        with pytest.MonkeyPatch.context() as patch:
            try:
                test(house, patch, *extra)
            except AssertionError:
                failed.append(test.__name__)
    return failed


def test_a_plugin_with_blocks(posts, folkmoot_house, dishes, settings):
    assert of_blocks(posts, folkmoot_house, settings) == []


def test_a_stream_that_drops_what_it_does_not_know(posts, folkmoot_house, dishes, settings, monkeypatch):
    monkeypatch.setattr(KeepingStreamBlock, "_known", lambda self, child: child)
    assert of_blocks(posts, folkmoot_house, settings) == ["test_its_blocks_survive_its_removal"]


def test_blocks_that_ask_no_gate(posts, folkmoot_house, dishes, settings, monkeypatch):
    monkeypatch.setattr("cms.streams._is_open", lambda slug, request, page: True)
    assert of_blocks(posts, folkmoot_house, settings) == ["test_off_its_blocks_are_hidden_and_kept"]


def test_blocks_that_nobody_guards(posts, folkmoot_house, dishes, settings, unguarded):
    unguarded()
    assert len(of_blocks(posts, folkmoot_house, settings)) == 2
