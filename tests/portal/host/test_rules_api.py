"""`/api/v1/plugins/<slug>/`: rules, impact and explain, for IT and nobody else."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portal.host import rules
from portal.host.models import Rule
from portal.people.actions import add_membership
from tests import factories
from tests.cast import logged_in

SLUG = "microblog"
BASE = f"/api/v1/plugins/{SLUG}"


def put(client, department, state, **fields):
    body = {"department": department.url_path, "state": state, **fields}
    return client.put(f"{BASE}/rules/", body, content_type="application/json")


def impact(client, department, state, **fields):
    body = {"department": department.url_path, "state": state, **fields}
    return client.post(f"{BASE}/impact/", body, content_type="application/json")


def explain(client, username):
    return client.get(f"{BASE}/explain/", {"person": username})


@pytest.fixture
def triage(emergency):
    return factories.department("Triage", parent=emergency)


@pytest.fixture
def as_lena(emergency):
    """Local IT of Emergency."""
    person = factories.person("lena", departments=[emergency])
    add_membership(person, emergency, acting_person=None, is_local_it=True)
    return logged_in(person)


def test_impact_is_told_and_nothing_changed(as_ida, emergency, bob):
    told = impact(as_ida, emergency, "off").json()
    assert (told["people_losing"], told["departments_off"], told["at"]) == (1, 1, None)
    assert len(told["fingerprint"]) == 64
    assert not Rule.objects.exists()


def test_a_change_is_made_while_the_numbers_hold_else_answered_with_the_new_ones(as_ida, emergency):
    looked = impact(as_ida, emergency, "off").json()["fingerprint"]
    factories.person(departments=[emergency])
    answer = put(as_ida, emergency, "off", expected=looked)
    assert answer.status_code == 409
    assert answer["Content-Type"].startswith("application/problem+json")
    assert answer.json()["impact"]["people_losing"] == 1
    assert not Rule.objects.exists()
    assert put(as_ida, emergency, "off", expected=answer.json()["impact"]["fingerprint"]).status_code == 200
    assert Rule.objects.get().state == "off"


def test_a_subtree_is_cleared(as_ida, organisation, emergency):
    rules.set_rule(SLUG, emergency, rules.ON, acting_person=None)
    assert impact(as_ida, organisation, "off", subtree=True).json()["rules_cleared"] == 1
    put(as_ida, organisation, "off", subtree=True)
    assert list(Rule.objects.values_list("department__name", "state")) == [("Merekaar Hospitals", "off")]


def test_a_rule_is_taken_away(as_ida, emergency):
    put(as_ida, emergency, "off")
    answer = put(as_ida, emergency, "inherit")
    assert (answer.status_code, answer.json()["state"]) == (200, "inherit")
    assert not Rule.objects.exists()


def test_explain_tells_why(as_ida, emergency, bob):
    rules.set_rule(SLUG, emergency, rules.FORCED_OFF, acting_person=None)
    told = explain(as_ida, "bob").json()
    assert told["on"] is False
    assert told["departments"][0] == {
        "department": emergency.url_path,
        "on": False,
        "reason_kind": "force",
        "decided_at": emergency.url_path,
        "sentence": "Microblog is off in Emergency, locked by Emergency.",
    }
    assert explain(as_ida, "nobody").status_code == 404


def test_nonsense_is_answered_with_what_is_wrong(as_ida, emergency):
    assert put(as_ida, emergency, "sideways").status_code == 400
    assert impact(as_ida, emergency, "off", ends_at="2001-01-01T00:00Z").status_code == 400
    assert as_ida.post("/api/v1/plugins/nosuch/impact/", {}, content_type="application/json").status_code == 404


def test_who_is_not_it_finds_nothing_even_with_the_plugin_on(as_alice, as_bob, client, emergency):
    rules.set_rule(SLUG, emergency, rules.ON, acting_person=None)
    for who in (as_alice, as_bob):
        answers = [who.get(f"{BASE}/rules/"), put(who, emergency, "off"), impact(who, emergency, "off"),
                   explain(who, "bob")]  # fmt: skip
        assert [answer.status_code for answer in answers] == [404] * 4
        assert not any(b"Emergency" in answer.content for answer in answers)
    assert client.get(f"{BASE}/rules/").status_code in (401, 403, 404)
    assert explain(client, "bob").status_code in (401, 403, 404)


def test_local_it_reads_only_its_own_rules_and_what_decides_there(as_lena, organisation, emergency, triage, laboratory):
    for department in (organisation, triage, laboratory):
        rules.set_rule(SLUG, department, rules.ON, acting_person=None)
    found = as_lena.get(f"{BASE}/rules/").json()["results"]
    assert [row["department"] for row in found] == [organisation.url_path, triage.url_path]


def test_local_it_learns_and_changes_nothing_of_other_departments(as_lena, organisation, laboratory, charlie):
    for department in (organisation, laboratory):
        assert impact(as_lena, department, "off").status_code == 404
        assert put(as_lena, department, "off").status_code == 404
    assert explain(as_lena, "charlie").status_code == 404
    assert not Rule.objects.exists()


def test_local_it_changes_its_own_department_without_force(as_lena, organisation, emergency, triage, bob):
    assert impact(as_lena, triage, "off").json()["departments_off"] == 1
    assert put(as_lena, triage, "off").status_code == 200
    assert put(as_lena, emergency, "forced_off").status_code == 403
    assert explain(as_lena, "bob").json()["on"] is True
    rules.set_rule(SLUG, organisation, rules.FORCED_ON, acting_person=None)
    assert put(as_lena, triage, "on").status_code == 403
    assert impact(as_lena, triage, "on").status_code == 403


def test_the_list_of_rules_costs_the_same_for_few_and_many(as_lena, emergency, triage):
    def count():
        with CaptureQueriesContext(connection) as asked:
            as_lena.get(f"{BASE}/rules/")
        return len(asked)

    rules.set_rule(SLUG, triage, rules.ON, acting_person=None)
    count()
    few = count()
    for _n in range(6):
        rules.set_rule(SLUG, factories.department(parent=emergency), rules.OFF, acting_person=None)
    count()
    assert count() == few
