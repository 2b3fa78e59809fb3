from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError

from portal.people import tree
from portal.people.actions import add_membership, create_department, move_department
from portal.people.models import Department, Membership
from tests import factories


def test_there_is_one_organisation(organisation):
    with pytest.raises(ValidationError, match="organisation already"):
        create_department("Another", acting_person=None)


def test_two_departments_do_not_share_an_address(emergency):
    with pytest.raises(ValidationError, match="address"):
        factories.department("Emergency")


def test_moving_takes_the_addresses_of_what_is_below_along(organisation, emergency, laboratory):
    team = factories.department("Triage", parent=emergency)
    move_department(emergency, parent=laboratory, acting_person=None)
    team.refresh_from_db()
    assert team.url_path == "merekaar-hospitals/laboratory/emergency/triage"


def test_one_primary_department_a_person(bob, laboratory):
    add_membership(bob, laboratory, acting_person=None, is_primary=True)
    assert [m.department for m in Membership.objects.filter(person=bob, is_primary=True)] == [laboratory]
    assert bob.primary_department == laboratory


def test_the_tree_in_memory_follows_every_change(organisation, emergency, django_assert_num_queries):
    assert tree.current().organisation == organisation
    department = Department.objects.get(pk=emergency.pk)
    department.name = "Emergency room"
    department.save()
    assert "Emergency room" in [d.name for d in tree.current().departments.values()]
    tree.current()
    with django_assert_num_queries(0):
        assert tree.current().some([emergency.pk])[0].name == "Emergency room"


def test_the_directory_finds_by_name_and_title_and_narrows_by_department(as_bob, alice, charlie):
    charlie.job_title = "Microbiologist"
    charlie.save()

    def found(**given):
        return [person.username for person in as_bob.get("/people/", given).context["page"]]

    assert found() == ["alice", "bob", "charlie"]
    assert found(q="aav") == ["alice"]
    assert found(q="microbio") == ["charlie"]
    assert found(q="nobody of this name") == []
    assert found(department="merekaar-hospitals/emergency") == ["alice", "bob"]


def test_people_who_left_are_in_no_list(as_bob, charlie):
    charlie.is_active = False
    charlie.save()
    assert "charlie" not in [person.username for person in as_bob.get("/people/").context["page"]]
    assert as_bob.get("/people/charlie/").status_code == 404
