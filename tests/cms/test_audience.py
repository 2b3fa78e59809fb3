"""What editors choose, as expressions and back."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group

from cms.audience import from_stored, to_stored
from cms.models import NewsPage
from portal.audience import tokens
from portal.audience.choosing import MATCH_ALL, MATCH_ANY, compose, decompose
from portal.audience.expressions import EVERYONE, NOBODY, any_of, both, excluding
from portal.people.models import Department, Location, Role
from tests import factories
from tests.cms import factories as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def nurse():
    return Role.objects.create(name="Nurse", slug="nurse")


@pytest.fixture
def parnu():
    return Location.objects.create(name="Pärnu", slug="parnu")


def test_lists_combine_by_and_and_choices_within_a_list_by_or(emergency, laboratory, nurse):
    chosen = {"departments": [emergency, laboratory], "locations": [], "roles": [nurse], "groups": []}
    assert compose(chosen, MATCH_ALL) == both(
        any_of(tokens.department(emergency), tokens.department(laboratory)), any_of("role:nurse")
    )
    assert compose(chosen, MATCH_ANY) == any_of(
        tokens.department(emergency), tokens.department(laboratory), "role:nurse"
    )


def test_no_choice_is_no_audience():
    assert compose({"departments": [], "roles": []}, MATCH_ALL) is None


@pytest.mark.parametrize("match", [MATCH_ALL, MATCH_ANY])
def test_what_was_chosen_is_found_again(emergency, nurse, parnu, match):
    staff = Group.objects.create(name="Staff")
    chosen = {"departments": [emergency], "locations": [parnu], "roles": [nurse], "groups": [staff]}
    found = decompose(compose(chosen, match))
    assert found == (
        {
            "departments": [str(emergency.pk)], "locations": [str(parnu.pk)], "roles": ["nurse"],
            "groups": [str(staff.pk)],
        },
        match,
    )  # fmt: skip


@pytest.mark.parametrize(
    "expression",
    [
        NOBODY,
        any_of("person:1"),
        excluding(EVERYONE, "role:nurse"),
        both(any_of("role:a", "role:b"), any_of("role:c")),
        both(any_of("role:a", "location:1"), any_of("department:1")),
    ],
)
def test_what_the_lists_cannot_say_is_not_shown_as_something_else(expression):
    assert decompose(expression) is None
    assert from_stored(to_stored(expression)) == expression


def test_a_nurse_of_emergency_reads_what_is_for_nurses_of_emergency(tree, emergency, nurse, bob, charlie):
    dora = factories.person("dora", departments=[emergency], role=nurse)
    erik = factories.person("erik", departments=[], role=nurse)
    audience = both(any_of(tokens.department(emergency)), any_of("role:nurse"))
    make.page(tree.news, "For nurses", expression=audience)
    assert [("For nurses" in make.titles(person)) for person in (dora, erik, bob, charlie)] == [
        True, False, False, False,
    ]  # fmt: skip


def test_what_a_deleted_department_leaves_behind_stays_shut(tree, organisation, nurse, bob):
    team = factories.department("Team", parent=organisation)
    erik = factories.person("erik", role=nurse)
    page = make.page(tree.news, "Team's nurses", expression=both(any_of(tokens.department(team)), any_of("role:nurse")))
    Department.objects.get(pk=team.pk).delete()
    page = NewsPage.objects.get(pk=page.pk)
    page.save_revision().publish()
    assert "Team's nurses" not in make.titles(erik)
    assert "Team's nurses" not in make.titles(bob)
