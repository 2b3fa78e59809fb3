from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.http import Http404
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from portal.audience import tokens
from portal.audience.expressions import any_of
from portal.catalogue.access import may_manage, readable_or_404
from portal.catalogue.actions import put, put_many
from portal.catalogue.models import Entry, EntryFile, Outbox, Topic
from portal.catalogue.trees import remove_branch, restrict
from portal.host import rules
from portal.host.gate import PluginOff
from portal.people import tree
from portal.people.tree import Tree
from tests import factories


def test_a_card_stored_again_changes_the_same_entry(organisation):
    card = factories.card(title="First", topics=("Sepsis", "pumps"))
    first = put(card)
    with transaction.atomic():
        second = put(factories.card(obj=card.obj, title="Second", topics=("pumps",)))
        assert Outbox.objects.get(engine="database").version == 2
    assert second.pk == first.pk
    stored = Entry.objects.get()
    assert (stored.title, stored.version, stored.topic_names) == ("Second", 2, ["pumps"])
    assert [t.name for t in stored.topics.all()] == ["pumps"]


def test_topics_differ_neither_by_case_nor_by_writer(organisation):
    put_many([factories.card(topics=("Sepsis",)), factories.card(topics=("sepsis", "Õendus"))])
    assert sorted(Topic.objects.values_list("slug", flat=True)) == ["sepsis", "õendus"]


def test_many_cards_cost_a_fixed_number_of_queries(organisation, settings):
    settings.FOLKMOOT_STAMP_SECONDS = 3600
    put_many([factories.card(), factories.card()])
    put(factories.card())  # now this process has read what the first one interned
    counts = []
    for size in (1, 30):
        cards = [factories.card(topics=("a", f"b{n}"), files=(f"images/{n}.png",)) for n in range(size)]
        with CaptureQueriesContext(connection) as queries, transaction.atomic():
            put_many(cards)
            counts.append(len(queries))
    # savepoints, entries there are, root department, insert, topics 3, links, files, outbox per engine
    assert counts[0] == counts[1] <= 14


def test_files_follow_the_card(organisation):
    card = factories.card(files=("images/a.png", "images/b.png"))
    put(card)
    put(factories.card(obj=card.obj, files=("images/b.png", "images/c.png")))
    assert sorted(EntryFile.objects.values_list("path", flat=True)) == ["images/b.png", "images/c.png"]


def test_only_inside_its_window(organisation, bob):
    now = timezone.now()
    early = factories.entry(visible_from=now + timedelta(hours=1))
    late = factories.entry(visible_until=now - timedelta(hours=1))
    now_on = factories.entry(visible_until=now + timedelta(hours=1))
    seen = set(Entry.objects.visible_to(bob).values_list("pk", flat=True))
    assert seen == {now_on.pk}
    assert {early.pk, late.pk}.isdisjoint(seen)


def test_404_for_who_may_not_see_and_plugin_off_for_who_may(emergency, bob, charlie):
    card = factories.card(department=emergency, plugin="microblog", audience=any_of(tokens.department(emergency)))
    put(card)
    assert readable_or_404(bob, card.obj).title == card.title
    rules.set_rule("microblog", emergency, rules.OFF, acting_person=None)
    with pytest.raises(PluginOff):
        readable_or_404(bob, card.obj)
    with pytest.raises(Http404):
        readable_or_404(charlie, card.obj)


def test_managing_is_for_author_moderator_and_it(emergency, alice, bob, charlie, ida):
    entry = factories.entry(author=bob, department=emergency, audience=any_of(tokens.person(bob)))
    assert [may_manage(person, entry) for person in (alice, bob, charlie, ida)] == [True, True, False, True]
    foreign = factories.entry(author=charlie, department=charlie.primary_department)
    assert not may_manage(alice, foreign)  # a moderator of one department is none of another (A21)


def test_restricting_a_branch_narrows_and_lifting_brings_the_targeting_back(organisation, emergency, bob, charlie):
    outside = factories.entry(tree_path="00010001", kind="managed")
    above = factories.entry(tree_path="00010002", kind="managed")
    below = factories.entry(tree_path="000100020001", kind="managed", audience=any_of(tokens.person(charlie)))
    comment = factories.entry(subject=above)
    only_emergency = any_of(tokens.department(emergency))
    restrict([("00010002", only_emergency)])

    def seen(person):
        return set(Entry.objects.visible_to(person).values_list("pk", flat=True))

    assert seen(bob) == {outside.pk, above.pk, comment.pk}
    assert seen(charlie) == {outside.pk}
    from portal.audience.expressions import EVERYONE

    restrict([("00010002", EVERYONE)])
    assert seen(charlie) == {outside.pk, above.pk, below.pk, comment.pk}


def test_a_deeper_region_overrides_the_one_above(organisation, emergency, laboratory, bob, charlie):
    upper = factories.entry(tree_path="00010001")
    lower = factories.entry(tree_path="000100010001")
    restrict(
        [
            ("000100010001", any_of(tokens.department(laboratory))),
            ("00010001", any_of(tokens.department(emergency))),
        ]
    )
    assert [e.pk for e in Entry.objects.visible_to(bob)] == [upper.pk]
    assert [e.pk for e in Entry.objects.visible_to(charlie)] == [lower.pk]


def test_removing_a_branch_removes_what_hangs_on_it(organisation, bob):
    page = factories.entry(tree_path="00010001", body="secret")
    factories.entry(subject=page)
    kept = factories.entry(tree_path="00010002")
    remove_branch("00010001")
    assert [e.pk for e in Entry.objects.visible_to(bob)] == [kept.pk]
    assert Entry.objects.get(pk=page.pk).body == ""


def test_cards_cost_one_query_with_their_authors_and_departments(bob, emergency, laboratory, django_assert_num_queries):
    for number in range(10):
        factories.entry(author=bob, department=(emergency, laboratory)[number % 2])
    assert tree.current().departments
    for count in (2, 10):
        with django_assert_num_queries(1):
            shown = [(e.author.display_name, e.department.name) for e in Entry.objects.for_cards()[:count]]
        assert {name for _author, name in shown} == {"Emergency", "Laboratory"}
    with django_assert_num_queries(2):  # a card needs no password
        assert Entry.objects.for_cards().first().author.password == bob.password


def test_a_card_of_a_department_that_this_process_does_not_know_yet_has_it_all_the_same(emergency, monkeypatch):
    entry = factories.entry(department=emergency)
    monkeypatch.setattr(tree, "current", Tree)
    assert Entry.objects.for_cards().get(pk=entry.pk).department == emergency
