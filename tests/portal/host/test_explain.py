from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from portal.host import gate, rules
from portal.host.explain import explain, origins, rules_seen_by
from portal.host.models import Rule
from portal.host.registry import registry
from portal.people.actions import add_membership
from tests import factories

SLUG = "microblog"


def set_rule(department, state, slug=SLUG, **fields):
    return rules.set_rule(slug, department, state, **{"acting_person": None, **fields})


@pytest.fixture
def triage(emergency):
    return factories.department("Triage", parent=emergency)


def local_it(*departments):
    person = factories.person("lena")
    for department in departments:
        add_membership(person, department, acting_person=None, is_local_it=True)
    return person


def test_the_default_is_named_as_such(emergency, bob):
    found = explain(SLUG, bob)
    assert found.on
    (story,) = found.departments
    assert (story.reason_kind, story.decided_by, story.decided_at) == ("default", None, None)
    assert found.sentences == [
        "It is on for Bob Berg.",
        "Microblog is on in Emergency: it is on unless somebody rules otherwise.",
    ]


def test_a_rule_is_told_with_where_who_why_and_until(emergency, triage, ida):
    person = factories.person("tom", departments=[triage])
    end = timezone.now() + timedelta(days=2)
    rule = set_rule(emergency, rules.OFF, acting_person=ida, reason="Quiet week", ends_at=end)
    found = explain(SLUG, person)
    assert not found.on
    (story,) = found.departments
    assert (story.reason_kind, story.decided_by, story.decided_at) == ("rule", rule, emergency)
    for words in ("off in Triage by the rule of Emergency", "The rule ends on", "Ida Ilves", "Quiet week"):
        assert words in story.sentence


def test_a_force_is_told_as_a_lock(organisation, emergency, bob):
    set_rule(organisation, rules.FORCED_OFF)
    set_rule(emergency, rules.ON)
    (story,) = explain(SLUG, bob).departments
    assert (story.reason_kind, story.decided_at) == ("force", organisation)
    assert "locked by Merekaar Hospitals" in story.sentence


def test_a_requirement_that_is_off_is_named(emergency, bob, needy):
    set_rule(emergency, rules.OFF)
    (story,) = explain(needy, bob).departments
    assert (story.on, story.reason_kind, story.missing) == (False, "requirement", SLUG)
    assert story.sentence == "Needy is off in Emergency: it needs Microblog, which is off there."


def test_a_dormant_plugin_tells_its_problem(emergency, bob, dormant):
    (story,) = explain(dormant, bob).departments
    assert (story.on, story.reason_kind) == (False, "dormant")
    assert "plugin API >=9" in story.sentence


def test_a_lock_in_the_primary_department_is_told_if_it_wins(emergency, laboratory):
    both = factories.person("both", departments=[emergency, laboratory])
    set_rule(emergency, rules.FORCED_OFF)
    found = explain(SLUG, both)
    assert found.lock.department == emergency
    assert any("primary department" in sentence for sentence in found.sentences)
    set_rule(laboratory, rules.OFF)
    assert explain(SLUG, both).lock is None  # it is off everywhere anyway


def test_whoever_left_and_whoever_belongs_nowhere_get_their_sentence(emergency, bob):
    bob.is_active = False
    assert explain(SLUG, bob).sentences[:2] == [
        "It is off for Bob Berg.",
        "The account is not active; nothing is on for it.",
    ]
    nowhere = factories.person("nowhere")
    assert "Nowhere belongs to no department, so the organisation's rules hold." in explain(SLUG, nowhere).sentences


def test_the_answer_is_that_of_the_gate(organisation, emergency, triage, laboratory, needy):
    people = [
        factories.person(departments=homes) for homes in ([], [triage], [laboratory, triage], [triage, emergency])
    ]
    for state in Rule.State.values:
        for other in Rule.State.values:
            set_rule(emergency, state)
            set_rule(triage, other)
            for person in people:
                person.__dict__.pop("_folkmoot_mask", None)
                person.__dict__.pop("_folkmoot_closed", None)
                assert explain(SLUG, person).on is gate.is_on_for(SLUG, person)
                assert explain(needy, person).on is gate.is_on_for(needy, person)


def test_a_cell_of_the_matrix_says_where_it_comes_from(organisation, emergency, triage, laboratory):
    set_rule(emergency, rules.FORCED_OFF)
    set_rule(triage, rules.ON)
    set_rule(laboratory, rules.ON, starts_at=timezone.now() + timedelta(days=1))
    found = origins([organisation, emergency, triage, laboratory], [SLUG, "tasks"])
    cells = {d: found[SLUG, d.pk] for d in (organisation, emergency, triage, laboratory)}
    facts = {d.name: (c.state, c.on, c.locked, c.decided_at, c.reason_kind) for d, c in cells.items()}
    assert facts == {
        "Merekaar Hospitals": ("", True, False, None, "default"),
        "Emergency": ("forced_off", False, False, emergency, "force"),
        "Triage": ("on", False, True, emergency, "force"),
        "Laboratory": ("on", True, False, None, "default"),
    }
    assert found["tasks", triage.pk].reason_kind == "default"


def test_a_page_of_the_matrix_costs_one_query_whatever_its_size(organisation, emergency, triage):
    def count(departments, slugs):
        with CaptureQueriesContext(connection) as asked:
            origins(departments, slugs)
        return len(asked)

    more = [factories.department(parent=triage) for _n in range(6)]
    for department in more:
        set_rule(department, rules.OFF)
    assert count([emergency], [SLUG]) == count([organisation, emergency, triage, *more], list(registry.all())) == 1


def test_an_explanation_costs_the_same_for_one_department_and_many(emergency, laboratory, bob):
    def count(person):
        with CaptureQueriesContext(connection) as asked:
            explain(SLUG, person)
        return len(asked)

    many = factories.person("many", departments=[factories.department() for _n in range(6)])
    assert count(bob) == count(many) == 2


def test_local_it_reads_its_own_rules_and_what_decides_there_from_above(organisation, emergency, triage, laboratory):
    set_rule(organisation, rules.FORCED_ON)
    for department in (emergency, triage, laboratory):
        set_rule(department, rules.OFF)
    seen = {rule.department for rule in rules_seen_by(local_it(triage), SLUG)}
    assert seen == {organisation, triage}  # not Emergency's, over which the force decides


def test_others_read_no_rules(emergency, alice, ida):
    set_rule(emergency, rules.OFF)
    assert not rules_seen_by(alice, SLUG).exists()
    assert rules_seen_by(ida, SLUG).count() == 1
    ida.is_active = False
    assert not rules_seen_by(ida, SLUG).exists()


def test_local_it_learns_nothing_of_departments_that_are_not_theirs(emergency, laboratory):
    both = factories.person("both", departments=[emergency, laboratory])
    set_rule(laboratory, rules.FORCED_OFF, reason="Secret inquiry")
    found = explain(SLUG, both, reader=local_it(emergency))
    assert [story.department for story in found.departments] == [emergency]
    assert "Other departments count as well; ask central IT about those." in found.sentences
    assert not any("Laboratory" in sentence or "Secret" in sentence for sentence in found.sentences)
