from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone
from wagtail.models import ModelLogEntry

from portal.host import gate, rules, snapshot
from portal.host.models import Rule
from portal.people.actions import add_membership
from tests import factories

SLUG = "microblog"


def set_rule(department, state, **fields):
    return rules.set_rule(SLUG, department, state, acting_person=None, **fields)


@pytest.fixture
def triage(emergency):
    return factories.department("Triage", parent=emergency)


def on(*departments):
    return [gate.is_on_in(SLUG, department) for department in departments]


def test_the_default_holds_where_nobody_ruled(organisation, emergency):
    assert on(None, organisation, emergency) == [True, True, True]


def test_a_rule_holds_below_and_the_nearest_one_wins(organisation, emergency, triage, laboratory):
    set_rule(organisation, rules.OFF)
    set_rule(emergency, rules.ON)
    assert on(organisation, laboratory, emergency, triage) == [False, False, True, True]


def test_the_force_nearest_the_root_wins(organisation, emergency, triage):
    set_rule(organisation, rules.FORCED_OFF)
    set_rule(emergency, rules.FORCED_ON)
    set_rule(triage, rules.ON)
    assert on(organisation, emergency, triage) == [False, False, False]
    set_rule(organisation, rules.INHERIT)
    set_rule(triage, rules.OFF)
    assert on(organisation, emergency, triage) == [True, True, True]


def test_a_viewer_needs_one_department_where_it_is_on(emergency, laboratory):
    both = factories.person("both", departments=[emergency, laboratory])
    set_rule(laboratory, rules.OFF)
    assert gate.is_on_for(SLUG, both)
    set_rule(emergency, rules.OFF)
    assert not gate.is_on_for(SLUG, both)


def test_a_lock_in_the_primary_department_wins(emergency, laboratory):
    both = factories.person("both", departments=[emergency, laboratory])
    set_rule(emergency, rules.FORCED_OFF)
    assert not gate.is_on_for(SLUG, both)
    set_rule(emergency, rules.INHERIT)
    set_rule(laboratory, rules.FORCED_OFF)
    assert gate.is_on_for(SLUG, both)


def test_a_rule_may_begin_and_end(emergency, monkeypatch):
    now = timezone.now()
    set_rule(emergency, rules.OFF, starts_at=now + timedelta(hours=1), ends_at=now + timedelta(hours=2))
    assert on(emergency) == [True]
    for hours, expected in [(0.5, True), (1.5, False), (2.5, True)]:
        assert (
            bool(snapshot.build(now + timedelta(hours=hours)).mask_in(emergency.pk) & snapshot.current().bits[SLUG])
            is expected
        )
    assert snapshot.current().valid_until == now + timedelta(hours=1)


def test_local_it_rules_at_home_but_not_over_a_lock_nor_elsewhere(organisation, emergency, triage, laboratory):
    local = factories.person("lena")
    add_membership(local, emergency, acting_person=None, is_local_it=True)
    rules.set_rule(SLUG, triage, rules.OFF, acting_person=local)
    for department, state in [(laboratory, rules.OFF), (organisation, rules.OFF), (triage, rules.FORCED_OFF)]:
        with pytest.raises(PermissionDenied):
            rules.set_rule(SLUG, department, state, acting_person=local)
    set_rule(organisation, rules.FORCED_ON)
    with pytest.raises(PermissionDenied):
        rules.set_rule(SLUG, triage, rules.OFF, acting_person=local)


def test_an_ordinary_person_rules_nothing(emergency, alice):
    with pytest.raises(PermissionDenied):
        rules.set_rule(SLUG, emergency, rules.OFF, acting_person=alice)
    assert not Rule.objects.exists()


def test_nonsense_is_refused_with_a_reason(emergency):
    now = timezone.now()
    with pytest.raises(ValidationError, match="no plugin"):
        rules.set_rule("nosuch", emergency, rules.OFF, acting_person=None)
    with pytest.raises(ValidationError, match="ends before it begins"):
        set_rule(emergency, rules.OFF, starts_at=now, ends_at=now)


def test_a_change_is_in_the_history(emergency, ida):
    rules.set_rule(SLUG, emergency, rules.OFF, acting_person=ida, reason="Quiet week")
    entry = ModelLogEntry.objects.get(action="folkmoot.plugin.rule")
    assert entry.user == ida
    told = {name: entry.data[name] for name in ("before", "after", "reason")}
    assert told == {"before": None, "after": "off", "reason": "Quiet week"}


def test_a_gate_interned_elsewhere_is_closed_until_it_is_known(emergency, bob, settings):
    settings.FOLKMOOT_STAMP_SECONDS = 3600
    closed = gate.closed_for(bob)
    assert closed.upto + 1 in closed


def test_the_api_lets_it_rule_and_nobody_else(as_ida, as_alice, emergency):
    body = {"department": emergency.url_path, "state": "off", "reason": "Test"}
    address = f"/api/v1/plugins/{SLUG}/rules/"
    assert as_alice.put(address, body, content_type="application/json").status_code == 404
    assert as_ida.put(address, body, content_type="application/json").json()["state"] == "off"
    assert not gate.is_on_in(SLUG, emergency)
    assert as_ida.get(address).json()["results"][0]["department"] == emergency.url_path
    assert as_ida.put(address, {"state": "off"}, content_type="application/json").status_code == 400
