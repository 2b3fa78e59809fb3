"""Whom another system means."""

from __future__ import annotations

import pytest

from portal.people.actions import deactivate_person
from portal.people.lookup import by_address_or_login, departments_below, names_of
from tests import factories


def test_address_and_user_name_lead_to_the_same_person_in_any_case(bob, django_assert_num_queries):
    bob.email = "Bob@Merekaar.example"
    bob.save()
    with django_assert_num_queries(1):
        found = by_address_or_login(["BOB@merekaar.EXAMPLE", "Bob", "nobody", ""])
    assert found == {"bob@merekaar.example": bob, "bob": bob}
    assert names_of(bob) == {"bob@merekaar.example", "bob"}


@pytest.mark.parametrize("fields", [{"email": "bob@x.example"}, {"username": "BOB@x.example"}])
def test_a_name_that_two_have_is_nobodys_until_one_of_them_leaves(fields, alice, bob):
    bob.email = "bob@x.example"
    bob.save()
    other = factories.person(**{"username": "other", **fields})
    assert by_address_or_login(["bob@x.example", "alice"]) == {"alice": alice}
    deactivate_person(other, acting_person=None)
    assert by_address_or_login(["bob@x.example"]) == {"bob@x.example": bob}


def test_nobody_is_asked_for_without_a_query(db, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert by_address_or_login(["", ""]) == {}


def test_a_department_is_meant_by_its_path_or_by_a_name_that_only_it_has(organisation, emergency, laboratory):
    factories.department("Team", parent=emergency)
    factories.department("Team", parent=laboratory)
    found = departments_below(organisation)
    assert found["laboratory"] == laboratory.url_path
    assert found[f"{laboratory.url_path}/team"] == f"{laboratory.url_path}/team"
    assert "team" not in found
    assert departments_below(emergency)["team"] == f"{emergency.url_path}/team"
