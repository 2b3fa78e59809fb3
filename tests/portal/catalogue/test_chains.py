"""What is attached follows what it is attached to."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from portal.audience import tokens
from portal.audience.expressions import EVERYONE, any_of
from portal.audience.interning import expression_of
from portal.catalogue import chains
from portal.catalogue.actions import hide, put, remove, show
from portal.catalogue.models import Entry, Outbox, Topic
from portal.catalogue.purge import purge_removed
from portal.catalogue.signals import entries_purged
from portal.host import rules
from portal.timeline.models import Activity
from tests import factories


@pytest.fixture
def post(emergency, alice):
    return factories.card(
        author=alice, department=emergency, plugin="microblog", audience=any_of(tokens.department(emergency))
    )


@pytest.fixture
def root(post):
    return put(post)


@pytest.fixture
def comment(root, bob):
    return factories.entry(subject=root, plugin="comments", author=bob)


@pytest.fixture
def reply(comment, alice):
    return factories.entry(subject=comment, plugin="comments", author=alice)


def visible(person):
    return set(Entry.objects.visible_to(person).values_list("pk", flat=True))


def test_attached_entries_have_the_roots_audience_home_and_both_gates(root, comment, reply, emergency):
    assert reply.root_id == root.pk
    assert {e.audience_id for e in (root, comment, reply)} == {root.audience_id}
    assert reply.department == emergency
    assert reply.gate.key == f"comments@{emergency.pk},microblog@{emergency.pk}"


def test_another_audience_of_the_root_reaches_the_whole_chain(post, root, reply, comment, bob, charlie, laboratory):
    assert visible(bob) == {root.pk, comment.pk, reply.pk}
    put(
        factories.card(
            obj=post.obj,
            department=laboratory,
            plugin="microblog",
            audience=any_of(tokens.department(laboratory)),
        )
    )
    assert visible(bob) == set()
    assert visible(charlie) == {root.pk, comment.pk, reply.pk}
    reply.refresh_from_db()
    assert reply.gate.key == f"comments@{laboratory.pk},microblog@{laboratory.pk}"
    assert expression_of(Activity.objects.get(entry=reply).audience_id) == any_of(tokens.department(laboratory))


def test_hiding_in_the_middle_hides_what_is_below_and_only_that(post, root, comment, reply, bob):
    hidden = Entry.objects.get(pk=comment.pk)
    from portal.catalogue.models import Topic

    hide(Topic(pk=hidden.key))
    assert visible(bob) == {root.pk}
    show(Topic(pk=hidden.key))
    assert visible(bob) == {root.pk, comment.pk, reply.pk}


def test_hiding_the_root_and_showing_it_again_changes_nothing_else(post, root, comment, reply, bob):
    before = list(Entry.objects.order_by("pk").values("audience_id", "gate_id", "body", "state", "chain_live"))
    hide(post.obj)
    assert visible(bob) == set()
    show(post.obj)
    assert list(Entry.objects.order_by("pk").values("audience_id", "gate_id", "body", "state", "chain_live")) == before


def test_the_window_of_the_root_holds_for_all_of_it(post, root, reply, bob):
    put(
        factories.card(
            obj=post.obj,
            department=root.department,
            plugin="microblog",
            audience=post.audience,
            visible_until=timezone.now() - timedelta(seconds=1),
        )
    )
    assert visible(bob) == set()


def test_either_plugin_off_closes_the_comment(root, comment, reply, emergency, bob):
    rules.set_rule("comments", emergency, rules.OFF, acting_person=None)
    assert visible(bob) == {root.pk}
    rules.set_rule("comments", emergency, rules.INHERIT, acting_person=None)
    rules.set_rule("microblog", emergency, rules.OFF, acting_person=None)
    assert visible(bob) == set()


def test_a_change_above_is_in_the_outbox_of_everything_below(post, root, comment, reply):
    Outbox.objects.all().delete()
    with transaction.atomic():  # once it is committed, the indexes empty the outbox
        hide(post.obj)
        rows = Outbox.objects.filter(engine="database")
        assert set(rows.values_list("entry_id", flat=True)) == {root.pk, comment.pk, reply.pk}
        assert all(rows.values_list("narrowed", flat=True))


def test_hiding_costs_the_same_however_much_hangs_below(post, root, bob):
    counts = []
    for more in (2, 38):
        for _number in range(more):
            factories.entry(subject=root, plugin="comments", author=bob)
        with CaptureQueriesContext(connection) as queries:
            hide(post.obj)
        # What the search index takes over after the commit is its own, bounded business.
        counts.append(sum("outbox" not in q["sql"] and "search" not in q["sql"] for q in queries))
        show(post.obj)
    assert counts[0] == counts[1] <= 24


def test_removed_entries_are_purged_after_a_month_and_their_owners_told(post, root, comment):
    told = []

    def listen(pairs, **kwargs):
        told.extend(pairs)

    entries_purged.connect(listen)
    try:
        remove(post.obj)
        assert purge_removed() == 0
        Outbox.objects.all().delete()
        Entry.objects.update(updated_at=timezone.now() - timedelta(days=31))
        assert purge_removed() == 2
    finally:
        entries_purged.disconnect(listen)
    assert sorted(told) == sorted([(root.label, root.key), (comment.label, comment.key)])
    assert not Entry.objects.exists()


def test_a_targeting_of_its_own_narrows_what_is_attached_and_never_widens_it(emergency, laboratory, bob, charlie):
    root = factories.entry(audience=any_of(tokens.department(emergency)))
    wide = factories.entry(subject=root, audience=any_of(tokens.department(emergency), tokens.department(laboratory)))
    narrow = factories.entry(subject=root, audience=any_of(tokens.person(charlie)))
    below = factories.entry(subject=narrow)
    assert visible(bob) == {root.pk, wide.pk}
    assert visible(charlie) == set()
    put(factories.card(obj=Topic(pk=int(root.key))))  # the root is for everybody now
    assert visible(bob) == {root.pk, wide.pk}
    assert visible(charlie) == {root.pk, wide.pk, narrow.pk, below.pk}


def test_another_targeting_reaches_what_hangs_below(root, comment, reply, bob, alice):
    Outbox.objects.all().delete()
    with transaction.atomic():
        chains.target(Entry.objects.filter(pk=comment.pk), any_of(tokens.person(alice)))
        assert set(Outbox.objects.filter(narrowed=True).values_list("entry_id", flat=True)) == {comment.pk, reply.pk}
    assert visible(bob) == {root.pk}
    assert visible(alice) == {root.pk, comment.pk, reply.pk}
    chains.target(Entry.objects.filter(pk=comment.pk), EVERYONE)
    assert visible(bob) == {root.pk, comment.pk, reply.pk}
