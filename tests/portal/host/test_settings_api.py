"""`/api/v1/plugins/<slug>/settings/` and `permissions/`: for who may configure, in their departments only."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portal.host import permissions, rules
from portal.host.configuring.changes import change_settings
from portal.host.configuring.holders import holders_in
from portal.host.models import Grant, PluginSettings
from portal.host.settings import settings_for
from portal.people.actions import add_membership
from tests import factories
from tests.cast import logged_in

SLUG = "microblog"
BASE = f"/api/v1/plugins/{SLUG}"
NAMES = ["settings", "permissions"]


def get(client, name, department=None, slug=SLUG):
    query = {"department": department.url_path} if department else {}
    return client.get(f"/api/v1/plugins/{slug}/{name}/", query)


def patch(client, name, department, **fields):
    body = {"department": department.url_path, **fields}
    return client.patch(f"{BASE}/{name}/", body, content_type="application/json")


def remove(client, name, key, department):
    return client.delete(f"{BASE}/{name}/{key}/?department={department.url_path}")


def told(answer, name, key):
    (found,) = [row for row in answer.json()[name] if row["name"] == key]
    return found


@pytest.fixture
def as_lena(emergency):
    """Local IT of Emergency."""
    person = factories.person("lena", departments=[emergency], last_name="Lepp")
    add_membership(person, emergency, acting_person=None, is_local_it=True)
    return logged_in(person)


@pytest.fixture
def as_head(alice, emergency):
    """Alice, whom the heads' grant lets configure."""
    permissions.save_grant(SLUG, "configure", emergency, ["heads"], acting_person=None)
    return logged_in(alice)


def test_settings_are_told_with_their_source_and_schema(organisation, emergency, as_ida):
    change_settings(SLUG, organisation, {"longest": 300}, acting_person=None)
    answer = get(as_ida, "settings", emergency)
    longest = told(answer, "settings", "longest")
    assert (longest["value"], longest["source"], longest["set_at"]) == (300, "inherited", organisation.url_path)
    assert longest["title"] == "Longest post"
    schema = answer.json()["schema"]["properties"]["longest"]
    assert (schema["type"], schema["minimum"], schema["maximum"], schema["title"]) == (
        "integer", 100, 5000, "Longest post",
    )  # fmt: skip


def test_settings_are_changed_in_part_and_set_back(emergency, as_ida):
    answer = patch(as_ida, "settings", emergency, values={"longest": 200}, reason="Short")
    assert told(answer, "settings", "longest")["source"] == "own"
    assert settings_for(SLUG, emergency).longest == 200
    answer = remove(as_ida, "settings", "longest", emergency)
    assert (answer.status_code, told(answer, "settings", "longest")["source"]) == (200, "default")
    patch(as_ida, "settings", emergency, values={"longest": 200})
    assert patch(as_ida, "settings", emergency, unset=["longest"]).status_code == 200
    assert not PluginSettings.objects.exists()


def test_permissions_are_told_changed_and_set_back(emergency, as_ida):
    answer = get(as_ida, "permissions", emergency)
    assert told(answer, "permissions", "post")["value"] == ["members"]
    assert "heads" in answer.json()["holders"]
    answer = patch(as_ida, "permissions", emergency, grants={"post": ["heads"], "moderate": []})
    assert told(answer, "permissions", "post") | {"title": ""} == {
        "name": "post",
        "title": "",
        "value": ["heads"],
        "source": "own",
        "set_at": emergency.url_path,
        "inherited": ["members"],
        "inherited_from": None,
    }
    assert remove(as_ida, "permissions", "moderate", emergency).status_code == 200
    assert patch(as_ida, "permissions", emergency, grants={"post": None}).status_code == 200
    assert not Grant.objects.exists()


def test_nonsense_is_answered_by_field_and_changes_nothing(emergency, as_ida):
    answer = patch(as_ida, "settings", emergency, values={"longest": 7})
    assert (answer.status_code, answer.json()["errors"]) == (400, {"longest": ["At least 100."]})
    assert answer["Content-Type"] == "application/problem+json"
    answer = patch(as_ida, "settings", emergency, values={"longest": 200, "nosuch": 1})
    assert "longest" in answer.json()["errors"]["nosuch"][0]
    assert remove(as_ida, "settings", "nosuch", emergency).status_code == 400
    assert patch(as_ida, "permissions", emergency, grants={"post": ["kings"]}).status_code == 400
    assert patch(as_ida, "permissions", emergency, grants={"post": "heads"}).status_code == 400
    assert patch(as_ida, "permissions", emergency).status_code == 400
    assert as_ida.patch(f"{BASE}/settings/", {"values": {}}, content_type="application/json").status_code == 400
    assert get(as_ida, "settings", slug="nosuch").status_code == 404
    assert as_ida.get(f"{BASE}/settings/?department=no/such").status_code == 404
    assert as_ida.get(f"{BASE}/settings/?department=%00").status_code in (400, 404)
    for body in ({"department": "\x00"}, {"department": [1]}, {"department": {}}, {"department": emergency.pk}, []):
        for name in NAMES:
            answer = as_ida.patch(f"{BASE}/{name}/", body, content_type="application/json")
            assert answer.status_code == 400, body
    assert patch(as_ida, "settings", emergency, values=[1]).status_code == 400
    assert patch(as_ida, "settings", emergency, values={"longest": None}).status_code == 400
    assert patch(as_ida, "settings", emergency, values={"longest": 10**40}).status_code == 400
    assert patch(as_ida, "settings", emergency, unset={"longest": 1}).status_code == 400
    assert not PluginSettings.objects.exists()
    assert not Grant.objects.exists()


@pytest.mark.parametrize(("name", "change"), [("settings", {"values": {"longest": 200}}),
                                              ("permissions", {"grants": {"post": []}})])  # fmt: skip
def test_who_looked_before_somebody_else_changed_it_gets_409(emergency, as_ida, name, change):
    seen = get(as_ida, name, emergency).json()["fingerprint"]
    assert patch(as_ida, name, emergency, **change, expected=seen).status_code == 200
    answer = patch(as_ida, name, emergency, **change, expected=seen)
    assert answer.status_code == 409
    assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("name", NAMES)
def test_whoever_may_not_configure_is_told_whom_to_ask_and_no_values(emergency, laboratory, as_bob, as_lena, name):
    change_settings(SLUG, laboratory, {"longest": 4321}, acting_person=None)
    permissions.save_grant(SLUG, "post", laboratory, ["editors"], acting_person=None)
    changes = {"values": {"longest": 200}, "grants": {"post": []}}
    for client, department in ((as_bob, emergency), (as_bob, laboratory), (as_lena, laboratory), (as_lena, None)):
        answers = [get(client, name, department)]
        if department is not None:
            key = "longest" if name == "settings" else "post"
            answers += [patch(client, name, department, **changes), remove(client, name, key, department)]
        for answer in answers:
            assert answer.status_code == 403
            assert answer["Content-Type"] == "application/problem+json"
            assert "Ask " in answer.json()["detail"]
            assert b"4321" not in answer.content
            assert b"editors" not in answer.content
    assert "Lena Lepp" in get(as_bob, name, emergency).json()["detail"]
    assert PluginSettings.objects.get().values == {"longest": 4321}
    assert Grant.objects.count() == 1


@pytest.mark.parametrize("name", NAMES)
def test_who_may_not_know_of_the_plugin_finds_nothing(emergency, as_bob, client, name):
    rules.set_rule(SLUG, emergency, rules.OFF, acting_person=None)
    assert get(as_bob, name, emergency).status_code == 404
    assert patch(as_bob, name, emergency, values={}, grants={}).status_code == 404
    assert get(client, name, emergency).status_code in (401, 403)


@pytest.mark.parametrize("name", NAMES)
def test_local_it_and_who_was_granted_it_configure_at_home(emergency, laboratory, as_lena, as_head, name):
    triage = factories.department("Triage", parent=emergency)
    for client in (as_lena, as_head):
        assert get(client, name, triage).status_code == 200
        assert get(client, name, laboratory).status_code == 403
        assert patch(client, "settings", triage, values={"longest": 150}).status_code == 200
        assert patch(client, "permissions", laboratory, grants={"post": []}).status_code == 403
    assert holders_in(SLUG, "post", laboratory) == ("members",)


def test_a_plugin_without_settings_says_so(emergency, as_ida):
    answer = get(as_ida, "settings", emergency, slug="expertise")
    assert answer.status_code == 400
    assert "no settings" in answer.json()["errors"][0]


@pytest.mark.parametrize("name", NAMES)
def test_reading_costs_the_same_with_many_departments(organisation, emergency, as_lena, name):
    def count():
        get(as_lena, name, emergency)
        with CaptureQueriesContext(connection) as asked:
            assert get(as_lena, name, emergency).status_code == 200
        return len(asked)

    few = count()
    for number in range(30):
        other = factories.department(parent=emergency)
        change_settings(SLUG, other, {"longest": 100 + number}, acting_person=None)
        permissions.save_grant(SLUG, "post", other, [], acting_person=None)
    assert count() == few


def test_the_schema_of_the_api_tells_them(as_ida):
    paths = as_ida.get("/api/v1/schema/?format=json").json()["paths"]
    assert {"get", "patch"} <= paths["/api/v1/plugins/{slug}/settings/"].keys()
    assert "delete" in paths["/api/v1/plugins/{slug}/permissions/{name}/"]
