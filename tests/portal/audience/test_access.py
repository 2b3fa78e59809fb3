from __future__ import annotations

from django.contrib.auth.models import AnonymousUser, Group

from portal.audience import tokens
from portal.audience.access import audiences_of, tokens_of
from portal.audience.describe import describe
from portal.audience.expressions import EVERYONE, NOBODY, any_of, both, excluding
from portal.audience.interning import expression_of, intern, intern_many
from portal.audience.models import Audience
from portal.people.actions import deactivate_person
from portal.people.models import Person, Role
from tests import factories


def test_a_person_has_the_departments_above_as_well(organisation, emergency, bob):
    assert {
        "everyone",
        f"person:{bob.pk}",
        f"department:{emergency.pk}",
        f"department-only:{emergency.pk}",
        f"department:{organisation.pk}",
    } == tokens_of(bob)


def test_role_location_and_groups_are_tokens(emergency):
    role = Role.objects.create(name="Nurse", slug="nurse")
    person = factories.person("nina", departments=[emergency], role=role)
    group = Group.objects.create(name="Writers")
    person.groups.add(group)
    person.refresh_from_db()
    assert {"role:nurse", f"usergroup:{group.pk}"} <= tokens_of(person)
    group.user_set.remove(person)
    person.refresh_from_db()
    assert f"usergroup:{group.pk}" not in tokens_of(person)


def test_clearing_a_group_ends_the_rights_of_its_members(emergency):
    person = factories.person("nina", departments=[emergency])
    group = Group.objects.create(name="Writers")
    person.groups.add(group)
    person.refresh_from_db()
    before = person.access_version
    group.user_set.clear()
    person.refresh_from_db()
    assert person.access_version > before


def test_equal_expressions_share_an_id(db):
    first = intern(both(any_of("group:7"), any_of("person:3", "group:1")))
    assert intern(both(any_of("group:1", "person:3"), any_of("group:7"))) == first
    assert expression_of(first).satisfied_by(frozenset({"group:7", "person:3"}))


def test_an_audience_interned_later_is_judged_too(bob, emergency):
    audiences_of(bob)
    mine, other = intern(any_of(tokens.department(emergency))), intern(any_of("group:999"))
    assert mine in audiences_of(bob)
    assert other not in audiences_of(bob)


def test_a_known_audience_costs_no_query(bob, django_assert_num_queries):
    intern_many([EVERYONE, any_of("group:1")])
    audiences_of(bob)
    with django_assert_num_queries(0):
        intern_many([EVERYONE, any_of("group:1")])
        audiences_of(bob)


def test_what_is_rolled_back_is_not_remembered(db, settings):
    from django.db import transaction

    try:
        with transaction.atomic():
            lost = intern(any_of("group:1"))
            settings.FOLKMOOT_STAMP_SECONDS = 0  # as if the transaction took long
            expression_of(lost)
            raise RuntimeError
    except RuntimeError:
        pass
    other = intern(any_of("group:2"))
    assert other == lost  # the number is given again, to another audience
    assert expression_of(other) == any_of("group:2")
    assert Audience.objects.count() == 1


def test_a_transaction_sees_what_it_interned_itself(bob, emergency):
    from django.db import transaction

    audiences_of(bob)
    with transaction.atomic():
        mine, other = intern(any_of(tokens.department(emergency))), intern(any_of("group:999"))
        assert mine in audiences_of(bob)
        assert other not in audiences_of(bob)


def test_nobody_without_log_in_and_nobody_who_left(bob):
    intern(EVERYONE)
    assert audiences_of(AnonymousUser()) == frozenset()
    deactivate_person(bob, acting_person=None)
    assert audiences_of(Person.objects.get(pk=bob.pk)) == frozenset()


def test_an_audience_is_told_in_words(emergency):
    assert describe(any_of(tokens.department(emergency))) == "Emergency"
    assert describe(both(any_of(tokens.department(emergency)), any_of("role:nurse"))) == "Emergency and nurse"
    assert describe(excluding(EVERYONE, tokens.department(emergency))) == "everyone without Emergency"
    assert describe(NOBODY) == "nobody"


def test_inside_a_transaction_things_are_made_once_until_the_next_bump(db):
    from django.db import transaction

    from portal.audience import stamps

    made = []

    def make():
        made.append(len(made))
        return made[-1]

    with transaction.atomic():
        stamps.bump("a")
        assert [stamps.until_next_bump("x", make) for _twice in range(2)] == [0, 0]
        stamps.bump("a")
        assert stamps.until_next_bump("x", make) == 1
        try:
            with transaction.atomic():
                stamps.bump("a")
                assert stamps.until_next_bump("x", make) == 2
                raise RuntimeError
        except RuntimeError:
            pass
        assert stamps.until_next_bump("x", make) == 3
