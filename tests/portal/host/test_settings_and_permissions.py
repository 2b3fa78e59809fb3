from __future__ import annotations

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.management import call_command
from wagtail.models import ModelLogEntry

from plugins.microblog.actions import publish_post
from portal.host import permissions, rules
from portal.host import settings as plugin_settings
from portal.host.configuring.changes import change_settings
from portal.host.models import Grant, PluginSettings
from portal.people.actions import add_membership
from tests import factories

SLUG = "microblog"


def save(department, acting_person=None, unset=(), **values):
    return change_settings(SLUG, department, values, unset=unset, acting_person=acting_person)


def grant(department, holders, permission="post", acting_person=None):
    permissions.save_grant(SLUG, permission, department, holders, acting_person=acting_person)


def longest(department):
    return plugin_settings.settings_for(SLUG, department).longest


@pytest.fixture
def triage(emergency):
    return factories.department("Triage", parent=emergency)


@pytest.fixture
def local_it(emergency):
    person = factories.person("Lo")
    add_membership(person, emergency, acting_person=None, is_local_it=True)
    return person


def test_the_nearest_department_that_sets_a_value_wins(organisation, emergency, laboratory, triage):
    assert longest(triage) == 5000
    save(organisation, longest=300)
    save(emergency, longest=200)
    assert [longest(d) for d in (None, laboratory, emergency, triage)] == [300, 300, 200, 200]
    assert plugin_settings.inherited(SLUG, emergency)["longest"] == (300, organisation)
    save(emergency, unset=["longest"])
    assert longest(triage) == 300


def test_a_value_out_of_bounds_is_refused_by_field(emergency):
    with pytest.raises(ValidationError) as refused:
        save(emergency, longest=7)
    assert list(refused.value.message_dict) == ["longest"]


def test_values_that_no_longer_fit_are_kept_and_ignored(emergency, caplog):
    PluginSettings.objects.create(plugin=SLUG, department=emergency, values={"gone": 1, "longest": "many"})
    assert longest(emergency) == 5000
    assert "ignored" in caplog.text
    assert set(plugin_settings.unfit(SLUG, emergency)) == {"gone", "longest"}
    save(emergency, longest=150)
    assert PluginSettings.objects.get().values == {"gone": 1, "longest": 150}


def test_warm_answers_ask_the_database_nothing(emergency, bob, django_assert_num_queries, settings):
    settings.FOLKMOOT_STAMP_SECONDS = 60
    save(emergency, longest=200)
    grant(emergency, ["heads"])
    longest(emergency)
    permissions.may(SLUG, "post", bob, emergency)
    with django_assert_num_queries(0):
        assert longest(emergency) == 200
        assert not permissions.may(SLUG, "post", bob, emergency)


def test_local_it_changes_its_subtree_and_nothing_elsewhere(emergency, triage, laboratory, organisation, local_it):
    save(triage, acting_person=local_it, longest=150)
    assert longest(triage) == 150
    for department in (laboratory, organisation):
        with pytest.raises(PermissionDenied):
            save(department, acting_person=local_it, longest=150)
        with pytest.raises(PermissionDenied):
            grant(department, ["everyone"], acting_person=local_it)


def test_local_it_cannot_change_what_is_forced_off(emergency, organisation, local_it):
    rules.set_rule(SLUG, organisation, rules.FORCED_OFF, acting_person=None)
    with pytest.raises(PermissionDenied):
        save(emergency, acting_person=local_it, longest=150)


def test_changes_are_audited(emergency):
    save(emergency, longest=200)
    grant(emergency, ["heads"])
    assert ModelLogEntry.objects.filter(action="folkmoot.plugin.settings").count() == 1
    assert ModelLogEntry.objects.filter(action="folkmoot.plugin.grant").count() == 1


def test_who_may_post_follows_the_grant(emergency, alice, bob):
    grant(emergency, ["heads"])
    publish_post("Heads may.", acting_person=alice, department=emergency)
    with pytest.raises(PermissionDenied):
        publish_post("Others may not.", acting_person=bob, department=emergency)
    grant(emergency, None)
    assert not Grant.objects.exists()
    publish_post("Again.", acting_person=bob, department=emergency)


def test_a_post_is_as_long_as_its_department_allows(emergency, bob):
    save(emergency, longest=100)
    with pytest.raises(ValidationError):
        publish_post("x" * 101, acting_person=bob, department=emergency)


def test_the_command_sets_and_grants(emergency):
    call_command("plugins", "settings", SLUG, "--department", emergency.url_path, "--set", "longest=120")
    call_command("plugins", "permissions", SLUG, "--department", emergency.url_path, "--grant", "post=heads")
    assert longest(emergency) == 120
    assert permissions.holders_in(SLUG, "post", emergency) == ("heads",)
