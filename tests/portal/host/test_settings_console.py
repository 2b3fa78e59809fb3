"""The console's forms for settings and permissions: made from the schema, for who may configure."""

from __future__ import annotations

import re

import pytest
from django import forms
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.html import escape

from portal.host import permissions, rules
from portal.host.configuring.changes import change_settings
from portal.host.configuring.holders import declared, holders_in
from portal.host.console.setting_fields import form_field
from portal.host.models import Grant, PluginSettings
from portal.host.registry import registry
from portal.host.settings import SettingsModel, named, setting, settings_for
from portal.people.actions import add_membership
from tests import factories
from tests.cast import logged_in
from tests.e2e.site import form_fields
from tests.portal.host.test_settings_changes import SLUG, many  # noqa: F401  a fixture

KINDS = ["settings", "permissions"]


def may_open_admin(person):
    person.user_permissions.add(Permission.objects.get(codename="access_admin"))
    return logged_in(person)


@pytest.fixture
def as_lena(emergency):
    """Local IT of Emergency."""
    person = factories.person("lena", departments=[emergency], last_name="Lepp")
    add_membership(person, emergency, acting_person=None, is_primary=True, is_local_it=True)
    return may_open_admin(person)


@pytest.fixture
def as_head(alice, emergency):
    """Alice, whom the heads' grant lets configure, though she is not IT."""
    permissions.save_grant(SLUG, "configure", emergency, ["heads"], acting_person=None)
    return may_open_admin(alice)


def url(kind, department=None, slug=SLUG):
    return f"/admin/plugins/{kind}/{slug}/" + (f"?department={department.pk}" if department else "")


def form_of(client, kind, department):
    """What the page's form would send untouched."""
    html = client.get(url(kind, department)).content.decode()
    fields = form_fields(html.partition('<form method="post"')[2])
    return {name: value for name, value in fields.items() if name != "q"}


def text(answer):
    return answer.content.decode()


def test_each_value_is_shown_with_where_it_comes_from(organisation, emergency, as_ida):
    html = text(as_ida.get(url("settings", emergency)))
    assert "Longest post" in html
    assert "Now: 5000." in html
    assert "By default." in html
    change_settings(SLUG, organisation, {"longest": 300}, acting_person=None)
    html = text(as_ida.get(url("settings", emergency)))
    assert "From Merekaar Hospitals." in html
    assert "Use what Merekaar Hospitals has: 300" in html
    change_settings(SLUG, emergency, {"longest": 200}, acting_person=None)
    html = text(as_ida.get(url("settings", emergency)))
    assert "Now: 200." in html
    assert "Set here." in html


def test_a_value_is_set_and_set_back(emergency, ida, as_ida):
    given = form_of(as_ida, "settings", emergency)
    change = {"mode-longest": "own", "value-longest": "250", "reason": "Short is good"}
    assert as_ida.post(url("settings", emergency), given | change).status_code == 302
    assert PluginSettings.objects.get().values == {"longest": 250}
    html = text(as_ida.get(url("settings", emergency)))
    assert "Short is good" in html
    assert re.search(r"Longest post: inherited .*? 250", html)
    given = form_of(as_ida, "settings", emergency)
    assert as_ida.post(url("settings", emergency), given | {"mode-longest": "inherit"}).status_code == 302
    assert not PluginSettings.objects.exists()


def test_every_sort_of_setting_has_a_field(emergency, as_ida, many):  # noqa: F811
    given = form_of(as_ida, "settings", emergency)
    values = {"number": "7", "share": "0.25", "yes": "false", "word": "abc", "sort": "q", "colour": "blue",
              "maybe": "3", "lines": "one\n\n two "}  # fmt: skip
    change = {f"value-{name}": value for name, value in values.items()}
    change |= {f"mode-{name}": "own" for name in values}
    assert as_ida.post(url("settings", emergency), given | change).status_code == 302
    assert PluginSettings.objects.get().values == {
        "number": 7,
        "share": 0.25,
        "yes": False,
        "word": "abc",
        "sort": "q",
        "colour": "blue",
        "maybe": 3,
        "lines": ["one", "two"],
    }
    html = text(as_ida.get(url("settings", emergency)))
    assert '<input type="number" name="value-number" value="7" step="1" min="1" max="9"' in html
    assert "A help. From 1 to 9." in html
    assert "At most 5 characters." in html
    given = form_of(as_ida, "settings", emergency)
    assert as_ida.post(url("settings", emergency), given | {"value-maybe": ""}).status_code == 302
    assert settings_for(SLUG, emergency).maybe is None


def test_only_what_was_changed_is_saved(emergency, as_ida, many):  # noqa: F811
    given = form_of(as_ida, "settings", emergency)
    as_ida.post(url("settings", emergency), given | {"mode-number": "own", "value-number": "7"})
    assert PluginSettings.objects.get().values == {"number": 7}


def test_what_does_not_fit_is_told_beside_the_field_and_above_the_form(emergency, as_ida):
    given = form_of(as_ida, "settings", emergency)
    answer = as_ida.post(url("settings", emergency), given | {"mode-longest": "own", "value-longest": "many"})
    html = text(answer)
    assert answer.status_code == 422
    assert html.count("Give a whole number.") == 2
    assert 'href="#override-longest"' in html
    assert re.search(r'<input[^>]*value="many"[^>]*aria-invalid="true"', html)
    assert 'aria-describedby="override-longest-about override-longest-error"' in html
    assert not PluginSettings.objects.exists()


def test_a_new_value_beside_the_choice_to_inherit_is_no_guess(emergency, as_ida):
    given = form_of(as_ida, "settings", emergency)
    answer = as_ida.post(url("settings", emergency), given | {"value-longest": "300"})
    assert "Choose the own value too" in text(answer)
    assert not PluginSettings.objects.exists()


def test_what_two_change_at_once_is_not_lost(emergency, as_ida, many):  # noqa: F811
    given = form_of(as_ida, "settings", emergency)
    change_settings(SLUG, emergency, {"share": 0.75}, acting_person=None)
    answer = as_ida.post(url("settings", emergency), given | {"mode-number": "own", "value-number": "7"})
    html = text(answer)
    assert "Somebody has changed this since you looked" in html
    assert PluginSettings.objects.get().values == {"share": 0.75}
    again = form_fields(html.partition('<form method="post"')[2])
    assert (again["value-number"], again["mode-number"], again["value-share"]) == ("7", "own", "0.75")
    assert as_ida.post(url("settings", emergency), again).status_code == 302
    assert PluginSettings.objects.get().values == {"share": 0.75, "number": 7}


def test_who_may_do_what_is_set_and_set_back(emergency, as_ida):
    given = form_of(as_ida, "permissions", emergency)
    change = {"mode-post": "own", "value-post": ["heads", "editors"], "mode-moderate": "own", "value-moderate": []}
    given.pop("value-moderate", None)
    assert as_ida.post(url("permissions", emergency), given | change).status_code == 302
    assert set(holders_in(SLUG, "post", emergency)) == {"heads", "editors"}
    assert holders_in(SLUG, "moderate", emergency) == ()
    html = text(as_ida.get(url("permissions", emergency)))
    assert "Now: nobody but central IT." in html
    assert "Write posts: inherited" in html
    change = {"mode-post": "inherit", "mode-moderate": "inherit", "initial-mode-post": "own"}
    page = text(as_ida.get(url("permissions", emergency)))
    back = form_fields(page.partition('<form method="post"')[2]) | {"value-post": ["heads", "editors"]} | change
    back["initial-value-post"] = ["editors", "heads"]
    back["initial-value-moderate"] = back["value-moderate"] = []
    assert as_ida.post(url("permissions", emergency), back).status_code == 302
    assert not Grant.objects.exists()


@pytest.mark.parametrize("kind", KINDS)
def test_local_it_and_who_was_granted_it_change_their_departments_only(  # A41
    emergency, laboratory, organisation, as_lena, as_head, kind
):
    change_settings(SLUG, laboratory, {"longest": 4321}, acting_person=None)
    for client in (as_lena, as_head):
        assert client.get(url(kind)).status_code == 200
        assert "Emergency" in text(client.get(url(kind)))
        for department in (laboratory, organisation):
            for answer in (client.get(url(kind, department)), client.post(url(kind, department), {})):
                assert answer.status_code == 403
                assert "Ask " in text(answer)
                assert "4321" not in text(answer)
        assert "Laboratory" not in text(client.get(url(kind, emergency) + "&q=lab"))
    given = form_of(as_head, "settings", emergency) | {"mode-longest": "own", "value-longest": "250"}
    assert as_head.post(url("settings", emergency), given).status_code == 302
    assert settings_for(SLUG, emergency).longest == 250


@pytest.mark.parametrize("kind", KINDS)
def test_others_are_told_whom_to_ask(emergency, bob, as_lena, as_bob, client, kind):
    assert as_bob.get(url(kind)).status_code in (302, 403)
    assert client.get(url(kind)).status_code == 302
    as_bob = may_open_admin(bob)
    answer = as_bob.get(url(kind, emergency))
    assert answer.status_code == 403
    assert "Ask Lena Lepp" in text(answer)
    assert "Ask Lena Lepp" in text(as_bob.get(url(kind)))
    rules.set_rule(SLUG, emergency, rules.OFF, acting_person=None)
    assert as_bob.get(url(kind, emergency)).status_code == 404


def test_what_is_locked_off_is_not_configured(organisation, emergency, as_lena):
    rules.set_rule(SLUG, organisation, rules.FORCED_OFF, acting_person=None)
    answer = as_lena.get(url("settings", emergency))
    assert answer.status_code == 403
    assert "locked" in text(answer)


def test_what_does_not_exist_is_not_found(organisation, as_ida):
    assert as_ida.get(url("settings", slug="nosuch")).status_code == 404
    assert as_ida.get(url("settings") + "?department=999999").status_code == 404
    for given in ("x", "9" * 5000, "%00", "-1"):
        assert as_ida.get(url("settings") + f"?department={given}").status_code == 404


def test_a_plugin_without_settings_says_so(organisation, as_ida):
    assert "has no settings" in text(as_ida.get(url("settings", slug="expertise")))
    assert "no permissions to grant" in text(as_ida.get(url("permissions", slug="expertise")))


def test_values_that_no_longer_fit_are_named(emergency, as_ida):
    PluginSettings.objects.create(plugin=SLUG, department=emergency, values={"gone": 1})
    html = text(as_ida.get(url("settings", emergency)))
    assert "no longer fit" in html
    assert "gone: Nothing is known by this name; leave it out." in html


def test_departments_are_reached_from_one_another(organisation, emergency, as_ida):
    triage = factories.department("Triage", parent=emergency)
    change_settings(SLUG, triage, {"longest": 200}, acting_person=None)
    html = text(as_ida.get(url("settings")))
    assert f'href="?department={emergency.pk}"' in html
    assert "With something of their own" in html
    assert "Triage" in html
    assert "Triage" in text(as_ida.get(url("settings") + f"?department={organisation.pk}&q=tria"))


def test_the_list_of_plugins_to_configure_is_for_who_may(emergency, bob, as_ida, as_lena, as_head):
    for client in (as_ida, as_lena, as_head):
        html = text(client.get("/admin/plugins/configure/"))
        assert escape(url("settings")) in html
    assert "Comments" not in text(as_head.get("/admin/plugins/configure/"))
    assert may_open_admin(bob).get("/admin/plugins/configure/").status_code in (302, 403)
    assert "Plugin settings" in text(as_head.get("/admin/"))
    assert "Plugin settings" not in text(as_lena.get("/admin/"))


@pytest.mark.parametrize("kind", KINDS)
def test_a_page_costs_the_same_for_few_and_many_departments(organisation, emergency, as_ida, kind):
    def count():
        as_ida.get(url(kind, organisation))
        with CaptureQueriesContext(connection) as asked:
            assert as_ida.get(url(kind, organisation)).status_code == 200
        return len(asked)

    few = count()
    for _number in range(60):
        other = factories.department(parent=organisation)
        change_settings(SLUG, other, {"longest": 200}, acting_person=None)
        permissions.save_grant(SLUG, "post", other, [], acting_person=None)
    assert count() == few


def test_every_plugin_with_settings_can_be_configured_by_a_form(organisation, as_ida):
    found = [plugin for plugin in registry.active() if plugin.contributions.settings_model]
    assert len(found) >= 5
    for plugin in found:
        assert declared(plugin.slug, "configure"), plugin.slug
        html = text(as_ida.get(url("settings", slug=plugin.slug)))
        for name, field in plugin.contributions.settings_model.model_fields.items():
            assert f'name="value-{name}"' in html
            assert str(named(name, field).title) in html
            assert not isinstance(form_field(field), forms.JSONField)


def test_what_the_form_has_no_field_for_is_written_as_json(organisation, as_ida, monkeypatch):
    class Odd(SettingsModel):
        weights: dict[str, int] = setting({}, title="Weights")

    monkeypatch.setattr(registry.get(SLUG).contributions, "settings_model", Odd)
    given = form_of(as_ida, "settings", organisation)
    change = {"mode-weights": "own", "value-weights": '{"a": 1}', "initial-value-weights": "{}"}
    assert as_ida.post(url("settings", organisation), given | change).status_code == 302
    assert settings_for(SLUG, organisation).weights == {"a": 1}
    answer = as_ida.post(url("settings", organisation), given | change | {"value-weights": '{"a": "x"}'})
    assert answer.status_code == 422
