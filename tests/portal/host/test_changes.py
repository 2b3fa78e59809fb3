"""Changing rules: who may, all or none, and what the history keeps."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models.signals import pre_save
from django.utils import timezone
from wagtail.models import ModelLogEntry

from portal.host import changes, gate, rules, snapshot
from portal.host.changes import Change, NumbersChanged
from portal.host.models import Rule
from portal.people.actions import add_membership
from tests import factories

SLUG = "microblog"


def apply(*wanted, by=None, **fields):
    return changes.apply(wanted, acting_person=by, **fields)


def states():
    return dict(Rule.objects.values_list("department__name", "state"))


@pytest.fixture
def triage(emergency):
    return factories.department("Triage", parent=emergency)


@pytest.fixture
def lena(emergency):
    """Local IT of Emergency."""
    person = factories.person("lena")
    add_membership(person, emergency, acting_person=None, is_local_it=True)
    return person


@pytest.mark.parametrize(
    "second",
    [
        ("nosuch", "off", {}),
        (SLUG, "sideways", {}),
        (SLUG, "off", {"starts_at": timezone.now(), "ends_at": timezone.now() - timedelta(1)}),
        (SLUG, "off", {"ends_at": timezone.now() - timedelta(1)}),
        (SLUG, "inherit", {"ends_at": timezone.now() + timedelta(1)}),
    ],
)
def test_changes_are_made_all_or_none(emergency, laboratory, second):
    slug, state, times = second
    with pytest.raises(ValidationError):
        apply(Change(SLUG, emergency, "off"), Change(slug, laboratory, state, **times))
    assert not Rule.objects.exists()
    assert not ModelLogEntry.objects.filter(action="folkmoot.plugin.rule").exists()
    assert gate.is_on_in(SLUG, emergency)


def test_a_change_that_may_not_be_made_takes_the_others_with_it(emergency, laboratory, lena):
    with pytest.raises(PermissionDenied):
        apply(Change(SLUG, emergency, "off"), Change(SLUG, laboratory, "off"), by=lena)
    assert not Rule.objects.exists()


def test_a_failure_in_the_middle_of_writing_leaves_nothing_behind(emergency, laboratory):
    def fail(sender, instance, **_rest):
        if instance.department == laboratory:
            raise RuntimeError("the disk is full")

    pre_save.connect(fail, sender=Rule)
    try:
        with pytest.raises(RuntimeError):
            apply(Change(SLUG, emergency, "off"), Change(SLUG, laboratory, "off"))
    finally:
        pre_save.disconnect(fail, sender=Rule)
    assert not Rule.objects.exists()
    assert not ModelLogEntry.objects.filter(action="folkmoot.plugin.rule").exists()
    snapshot.forget()
    assert gate.is_on_in(SLUG, emergency)


def test_a_process_that_remembers_nothing_sees_what_was_applied(emergency, laboratory):
    apply(Change(SLUG, emergency, "off"), Change("tasks", laboratory, "off"))
    snapshot.forget()
    assert not gate.is_on_in(SLUG, emergency)
    assert not gate.is_on_in("tasks", laboratory)
    assert gate.is_on_in(SLUG, laboratory)


def test_a_reason_that_does_not_fit_is_refused_with_its_limit(emergency):
    with pytest.raises(ValidationError, match="300"):
        apply(Change(SLUG, emergency, "off"), reason="x" * 301)
    assert not Rule.objects.exists()


def test_to_inherit_takes_the_rule_away(emergency):
    apply(Change(SLUG, emergency, "off"))
    (left,) = apply(Change(SLUG, emergency, "inherit"))
    assert left.state == "inherit"
    assert not Rule.objects.exists()
    assert gate.is_on_in(SLUG, emergency)
    last = ModelLogEntry.objects.filter(action="folkmoot.plugin.rule").order_by("-pk").first()
    assert (last.data["before"], last.data["after"]) == ("off", "inherit")


def test_to_inherit_where_nothing_is_leaves_no_history(emergency):
    apply(Change(SLUG, emergency, "inherit"))
    assert not ModelLogEntry.objects.filter(action="folkmoot.plugin.rule").exists()


def test_the_rules_of_a_plugin_that_is_gone_can_be_taken_away_but_not_set(emergency):
    Rule.objects.create(plugin="gone", department=emergency, state="off")
    with pytest.raises(ValidationError, match="no plugin"):
        apply(Change("gone", emergency, "on"))
    apply(Change("gone", emergency, "inherit"))
    assert not Rule.objects.exists()


def test_a_subtree_clears_the_rules_below_and_only_those_of_the_plugin(organisation, emergency, triage, laboratory):
    apply(Change(SLUG, triage, "forced_off"), Change(SLUG, laboratory, "off"), Change("tasks", triage, "off"))
    apply(Change(SLUG, emergency, "on", subtree=True))
    found = set(Rule.objects.values_list("plugin", "department__name", "state"))
    assert found == {
        (SLUG, "Emergency", "on"),
        (SLUG, "Laboratory", "off"),
        ("tasks", "Triage", "off"),
    }
    assert gate.is_on_in(SLUG, triage)


def test_the_history_keeps_who_when_why_before_after_and_what_it_did(emergency, triage, ida, bob):
    end = timezone.now() + timedelta(days=1)
    apply(Change(SLUG, emergency, "on", ends_at=end), Change(SLUG, triage, "off"))
    apply(Change(SLUG, emergency, "off", subtree=True), by=ida, reason="Quiet week")
    entry = ModelLogEntry.objects.filter(action="folkmoot.plugin.rule").order_by("-pk").first()
    assert entry.user == ida
    assert timezone.now() - entry.timestamp < timedelta(minutes=1)
    data = entry.data
    assert (data["plugin"], data["department"], data["reason"]) == (SLUG, emergency.url_path, "Quiet week")
    assert (data["before"], data["before_times"]) == ("on", {"from": None, "until": end.isoformat()})
    assert (data["after"], data["after_times"]) == ("off", {"from": None, "until": None})
    assert data["cleared"] == [{"department": triage.url_path, "state": "off", "from": None, "until": None}]
    assert data["impact"]["people_losing"] == 1
    assert data["impact"]["rules_cleared"] == 1


def test_what_was_agreed_to_is_done_only_while_the_numbers_hold(emergency, laboratory, bob):
    change = Change(SLUG, emergency, "off")
    looked = changes.impact([change])
    factories.person("carla", departments=[emergency])
    with pytest.raises(NumbersChanged) as caught:
        apply(change, expected=looked.fingerprint)
    assert (looked.people_losing, caught.value.impact.people_losing) == (1, 2)
    assert not Rule.objects.exists()
    apply(change, expected=caught.value.impact.fingerprint)
    assert states() == {"Emergency": "off"}


def test_another_rule_in_between_is_noticed_though_the_numbers_are_the_same(emergency, laboratory):
    change = Change(SLUG, emergency, "off")
    looked = changes.impact([change])
    apply(Change("tasks", laboratory, "on"))
    assert changes.impact([change]).facts() == looked.facts()
    with pytest.raises(NumbersChanged):
        apply(change, expected=looked.fingerprint)


def test_forcing_on_over_a_missing_requirement_is_refused_unless_it_comes_with_it(emergency, needy):
    apply(Change(SLUG, emergency, "off"))
    with pytest.raises(ValidationError, match="switch that on first"):
        apply(Change(needy, emergency, "forced_on"))
    assert states() == {"Emergency": "off"}
    apply(Change(SLUG, emergency, "on"), Change(needy, emergency, "forced_on"))
    assert gate.is_on_in(needy, emergency)


# A41, A42: local IT and what central IT has decided.


@pytest.mark.parametrize("force", ["forced_on", "forced_off"])
@pytest.mark.parametrize("state", ["on", "off", "inherit"])
def test_local_it_cannot_undo_a_force_in_its_department(emergency, lena, force, state):
    apply(Change(SLUG, emergency, force))
    with pytest.raises(PermissionDenied):
        apply(Change(SLUG, emergency, state), by=lena)
    assert not rules.may_change(lena, emergency, SLUG, state)
    assert states() == {"Emergency": force}


@pytest.mark.parametrize("state", ["on", "off", "inherit"])
def test_local_it_cannot_rule_below_a_force_above(organisation, triage, lena, state):
    apply(Change(SLUG, organisation, "forced_on"))
    with pytest.raises(PermissionDenied):
        apply(Change(SLUG, triage, state), by=lena)
    assert not rules.may_change(lena, triage, SLUG, state)


def test_local_it_cannot_replace_a_force_that_begins_later(emergency, lena):
    apply(Change(SLUG, emergency, "forced_off", starts_at=timezone.now() + timedelta(hours=1)))
    with pytest.raises(PermissionDenied):
        apply(Change(SLUG, emergency, "on"), by=lena)
    assert states() == {"Emergency": "forced_off"}


def test_local_it_may_rule_again_once_a_force_has_ended(organisation, emergency, lena):
    for department in (organisation, emergency):
        Rule.objects.create(plugin=SLUG, department=department, state="forced_off", ends_at=timezone.now())
    apply(Change(SLUG, emergency, "on"), by=lena)
    assert rules.may_change(lena, emergency, SLUG, "on")


@pytest.mark.parametrize("force", ["forced_on", "forced_off"])
def test_local_it_cannot_force(emergency, lena, force):
    with pytest.raises(PermissionDenied):
        apply(Change(SLUG, emergency, force), by=lena)
    assert not rules.may_change(lena, emergency, SLUG, force)
    assert not Rule.objects.exists()


def test_local_it_cannot_clear_a_force_below_with_its_subtree(emergency, triage, lena):
    apply(Change(SLUG, triage, "forced_off"))
    with pytest.raises(PermissionDenied):
        apply(Change(SLUG, emergency, "on", subtree=True), by=lena)
    assert states() == {"Triage": "forced_off"}
    apply(Change(SLUG, emergency, "on"), by=lena)
    assert states() == {"Emergency": "on", "Triage": "forced_off"}


def test_local_it_clears_what_is_not_forced_below(emergency, triage, lena):
    apply(Change(SLUG, triage, "off"))
    apply(Change(SLUG, emergency, "on", subtree=True), by=lena)
    assert states() == {"Emergency": "on"}


def test_a_force_this_process_has_not_heard_of_holds_all_the_same(emergency, lena, settings):
    settings.FOLKMOOT_STAMP_SECONDS = 3600
    assert gate.is_on_in(SLUG, emergency)
    Rule.objects.create(plugin=SLUG, department=emergency, state="forced_off")  # as another process would
    with pytest.raises(PermissionDenied):
        apply(Change(SLUG, emergency, "on"), by=lena)


def test_whoever_left_rules_nothing(emergency, ida):
    ida.is_active = False
    with pytest.raises(PermissionDenied):
        apply(Change(SLUG, emergency, "off"), by=ida)
    assert not rules.may_change(ida, emergency, SLUG, "off")


def test_a_department_that_was_moved_meanwhile_is_judged_by_where_it_is(emergency, laboratory, lena):
    moved = type(laboratory).objects.get(pk=laboratory.pk)
    moved.path = emergency.path + "0009"  # where lena's word would count
    with pytest.raises(ValidationError, match="moved"):
        apply(Change(SLUG, moved, "off"), by=lena)
    assert not Rule.objects.exists()
