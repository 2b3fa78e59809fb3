"""Page privacy, nested and combined with targeting, and every way in which it can change."""

from __future__ import annotations

import pytest
from django.urls import reverse
from wagtail.models import PageViewRestriction

from cms.privacy import privacy_of
from portal.audience import tokens
from portal.audience.expressions import EVERYONE, NOBODY, any_of, both
from portal.catalogue.models import Entry
from tests.cms import factories as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def board(tree):
    return make.section(tree.news, "Board")


@pytest.fixture
def minutes(board):
    page = make.page(board, "Minutes of June")
    make.comment(make.entry(page), "I was not there")
    return page


BOTH = {"Minutes of June", "I was not there"}


def test_restricting_a_section_narrows_the_pages_and_the_comments_below(board, minutes, bob, charlie):
    staff = make.group("Staff", bob)
    restriction = make.restrict(board, staff)
    assert make.titles(bob) >= BOTH
    assert not make.titles(charlie) & BOTH
    restriction.delete()
    assert make.titles(charlie) >= BOTH


def test_editors_restrict_through_the_editor(board, minutes, as_editor, bob, charlie):
    staff = make.group("Staff", bob)
    address = reverse("wagtailadmin_pages:set_privacy", args=[board.pk])
    response = as_editor.post(address, {"restriction_type": "groups", "groups": [str(staff.pk)], "password": ""})
    assert response.status_code == 200
    assert PageViewRestriction.objects.get().groups.get() == staff
    assert make.titles(bob) >= BOTH
    assert not make.titles(charlie) & BOTH
    as_editor.post(address, {"restriction_type": "none", "password": ""})
    assert make.titles(charlie) >= BOTH


def test_nested_restrictions_ask_for_both_groups(tree, board, minutes, alice, bob, charlie):
    above, below = make.group("Above", alice, bob), make.group("Below", bob, charlie)
    make.restrict(tree.news, above)
    make.restrict(board, below)
    assert privacy_of(minutes) == both(any_of(tokens.usergroup(above.pk)), any_of(tokens.usergroup(below.pk)))
    assert make.titles(bob) >= BOTH
    assert not make.titles(alice) & BOTH
    assert not make.titles(charlie) & BOTH


def test_lifting_the_upper_restriction_leaves_the_lower_one(tree, board, minutes, alice, bob, charlie):
    above = make.restrict(tree.news, make.group("Above", alice, bob))
    make.restrict(board, make.group("Below", bob, charlie))
    above.delete()
    assert make.titles(charlie) >= BOTH
    assert not make.titles(alice) & BOTH


def test_privacy_and_targeting_are_both_asked_for(board, emergency, alice, bob, charlie):
    make.restrict(board, make.group("Readers", bob, charlie))
    make.page(board, "For Emergency", expression=any_of(tokens.department(emergency)))
    assert "For Emergency" in make.titles(bob)  # of Emergency, and a reader
    assert "For Emergency" not in make.titles(alice)  # of Emergency only
    assert "For Emergency" not in make.titles(charlie)  # a reader only


def test_a_page_published_under_a_restriction_is_narrow_from_its_first_moment(board, bob, charlie):
    make.restrict(board, make.group("Staff", bob))
    make.page(board, "Later")
    assert "Later" in make.titles(bob)
    assert "Later" not in make.titles(charlie)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (PageViewRestriction.LOGIN, EVERYONE),
        (PageViewRestriction.PASSWORD, NOBODY),
        (PageViewRestriction.GROUPS, NOBODY),
    ],
)
def test_a_login_is_everyone_and_a_password_or_no_group_is_nobody(board, minutes, kind, expected):
    make.restrict(board, kind=kind)
    assert privacy_of(minutes) == expected
    assert make.entry(minutes).audience.expression == expected


def test_changing_the_groups_from_either_side_is_noticed(board, minutes, bob, charlie):
    staff, guests = make.group("Staff", bob), make.group("Guests", charlie)
    restriction = make.restrict(board, staff)
    restriction.groups.add(guests)
    assert make.titles(charlie) >= BOTH
    restriction.groups.remove(staff)
    assert not make.titles(bob) & BOTH
    staff.pageviewrestriction_set.add(restriction)
    assert make.titles(bob) >= BOTH
    guests.pageviewrestriction_set.clear()
    assert not make.titles(charlie) & BOTH
    restriction.groups.clear()
    assert not make.titles(bob) & BOTH


def test_deleting_a_group_leaves_its_pages_shut(board, minutes, bob, charlie):
    staff = make.group("Staff", bob)
    make.restrict(board, staff)
    staff.delete()
    assert not make.titles(bob) & BOTH
    assert make.entry(minutes).audience.expression == NOBODY


def test_leaving_a_group_takes_effect_without_touching_an_entry(board, minutes, bob):
    staff = make.group("Staff", bob)
    make.restrict(board, staff)
    versions = list(Entry.objects.order_by("pk").values_list("pk", "version"))
    bob.groups.remove(staff)
    bob.refresh_from_db()
    assert not make.titles(bob) & BOTH
    assert list(Entry.objects.order_by("pk").values_list("pk", "version")) == versions
