"""Who finds it: hits, counts and facets obey the rule of visibility, on every engine, while the index lags too."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from portal.audience import tokens
from portal.audience.expressions import any_of, both, excluding
from portal.catalogue import trees
from portal.catalogue.actions import hide, put, remove, show
from portal.catalogue.card import Card
from portal.catalogue.models import Outbox, Topic
from portal.host import rules
from portal.people.actions import add_membership, remove_membership
from tests.search.conftest import titles


def thing(entry):
    return Topic.objects.get(pk=entry.key)


def assert_finds(find, person, q, expected):
    """The same in hits, count and facets."""
    result = find(person, q)
    assert sorted(titles(result)) == sorted(expected)
    assert result.count == sum(result.facets["kind"].values()) == sum(result.facets["type"].values()) == len(expected)


@pytest.fixture
def only_emergency(emergency):
    return any_of(tokens.department(emergency))


def test_an_outsider_finds_no_trace_of_what_is_for_others(publish, find, bob, charlie, only_emergency):
    publish("Resuscitation drill", audience=only_emergency)
    publish("Drill for all")
    assert_finds(find, bob, "drill", ["Resuscitation drill", "Drill for all"])
    assert_finds(find, charlie, "drill", ["Drill for all"])
    assert_finds(find, charlie, "resuscitation", [])


def test_conditions_and_exceptions_of_an_audience_hold(publish, find, emergency, alice, bob, only_emergency):
    publish("Not for Bob", audience=excluding(only_emergency, tokens.person(bob)))
    publish("For both of them", audience=both(only_emergency, any_of(tokens.person(alice), tokens.person(bob))))
    assert_finds(find, alice, "for", ["Not for Bob", "For both of them"])
    assert_finds(find, bob, "for", ["For both of them"])


def test_nobody_finds_anything_without_an_account(publish, find, alice):
    from django.contrib.auth.models import AnonymousUser

    publish("Anything")
    assert_finds(find, AnonymousUser(), "anything", [])
    alice.is_active = False
    assert_finds(find, alice, "anything", [])


def test_leaving_a_department_ends_finding_at_once(publish, find, emergency, charlie, only_emergency):
    publish("Resuscitation drill", audience=only_emergency)
    add_membership(charlie, emergency, acting_person=None)
    charlie.refresh_from_db()
    assert_finds(find, charlie, "drill", ["Resuscitation drill"])
    remove_membership(charlie, emergency, acting_person=None)
    charlie.refresh_from_db()
    assert_finds(find, charlie, "drill", [])


def test_a_plugin_that_is_off_takes_its_entries_and_their_comments_along(publish, find, emergency, alice, bob):
    post = publish("Pumps have moved", plugin="microblog", department=emergency)
    publish("Thanks for the pumps", plugin="comments", subject=post, type="comment")
    publish("Pumps in the manual", kind="managed", type="process")
    rules.set_rule("microblog", emergency, rules.OFF, acting_person=None)
    for person in (alice, bob):
        assert_finds(find, person, "pumps", ["Pumps in the manual"])
    rules.set_rule("microblog", emergency, rules.INHERIT, acting_person=None)
    assert_finds(find, bob, "pumps", ["Pumps have moved", "Thanks for the pumps", "Pumps in the manual"])


def test_hidden_and_removed_things_are_not_found_and_shown_ones_are_again(publish, find, alice, catch_up):
    entry = publish("Quarterly figures")
    hide(thing(entry))
    assert_finds(find, alice, "figures", [])
    catch_up()
    assert_finds(find, alice, "figures", [])
    show(thing(entry))
    catch_up()
    assert_finds(find, alice, "figures", ["Quarterly figures"])
    remove(thing(entry))
    assert_finds(find, alice, "figures", [])
    catch_up()
    assert_finds(find, alice, "figures", [])


def test_what_is_attached_follows_its_subject(publish, find, alice, catch_up):
    page = publish("Leave rules", kind="managed", type="process")
    publish("A comment about leave", subject=page, type="comment")
    hide(thing(page))
    assert_finds(find, alice, "leave", [])
    catch_up()
    show(thing(page))
    catch_up()
    assert_finds(find, alice, "leave", ["Leave rules", "A comment about leave"])


def test_only_what_is_inside_its_window_is_found(publish, find, alice):
    now = timezone.now()
    publish("Notice of tomorrow", visible_from=now + timedelta(days=1))
    publish("Notice of yesterday", visible_until=now - timedelta(days=1))
    publish("Notice of today", visible_from=now - timedelta(days=1), visible_until=now + timedelta(days=1))
    assert_finds(find, alice, "notice", ["Notice of today"])


def test_what_was_narrowed_is_gone_before_the_index_knows(publish, find, bob, charlie, only_emergency, engine):
    entry = publish("Ward meeting", tree_path="00010001")
    publish("Ward party")
    assert_finds(find, charlie, "ward", ["Ward meeting", "Ward party"])
    trees.restrict([("0001", only_emergency)])
    if engine == "elasticsearch":
        assert Outbox.objects.filter(engine=engine, entry_id=entry.pk, narrowed=True).exists()
    assert_finds(find, charlie, "ward", ["Ward party"])


def test_narrowing_reaches_comments_before_the_index_knows(publish, find, charlie, only_emergency):
    page = publish("Ward meeting", tree_path="00010001")
    publish("Comment on the ward", subject=page, type="comment")
    trees.restrict([("0001", only_emergency)])
    assert_finds(find, charlie, "ward", [])


def test_what_was_narrowed_comes_back_to_its_readers(publish, find, bob, charlie, only_emergency, catch_up):
    publish("Ward meeting", tree_path="00010001")
    trees.restrict([("0001", only_emergency)])
    catch_up()
    assert not Outbox.objects.exists()
    assert_finds(find, bob, "ward", ["Ward meeting"])
    assert_finds(find, charlie, "ward", [])


def test_retargeting_through_a_new_card_holds_at_once(publish, find, emergency, charlie, only_emergency):
    entry = publish("Ward meeting")
    put(Card(kind="user", type="post", obj=thing(entry), title="Ward meeting", url="/x/", audience=only_emergency))
    assert_finds(find, charlie, "ward", [])
