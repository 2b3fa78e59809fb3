"""The console of IT in the Wagtail admin."""

from __future__ import annotations

import re

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portal.host import gate, rules
from portal.host.configuring.changes import change_settings
from portal.host.models import Rule
from portal.host.permissions import save_grant
from portal.people.actions import add_membership
from tests import factories
from tests.cast import logged_in

SLUG = "microblog"
PAGES = ["/admin/plugins/", "/admin/plugins/matrix/", "/admin/plugins/why/", "/admin/plugins/history/"]
PAGES += [f"/admin/plugins/about/{SLUG}/"]


@pytest.fixture
def lena(emergency):
    person = factories.person("lena", departments=[emergency])
    add_membership(person, emergency, acting_person=None, is_primary=True, is_local_it=True)
    person.user_permissions.add(Permission.objects.get(codename="access_admin"))
    return person


@pytest.fixture
def as_lena(lena):
    return logged_in(lena)


def change_url(department, slug=SLUG):
    return f"/admin/plugins/change/?cell={slug}%3A{department.pk}"


def given(state, **fields):
    return {"state": state, "reason": "", **fields}


def fingerprint(page):
    return re.search(r'name="fingerprint" value="(\w+)"', page.content.decode())[1]


@pytest.mark.parametrize("address", PAGES)
def test_it_opens_every_page_and_nobody_else_does(address, as_ida, as_lena, as_alice, client):
    assert as_ida.get(address).status_code == 200
    assert as_lena.get(address).status_code == 200
    assert as_alice.get(address).status_code in (302, 403)
    assert client.get(address).status_code == 302


def test_the_change_page_is_for_it(emergency, as_ida, as_bob, as_alice):
    assert as_ida.get(change_url(emergency)).status_code == 200
    for client in (as_bob, as_alice):
        assert client.get(change_url(emergency)).status_code in (302, 403)


def test_every_cell_of_the_matrix_is_a_link_that_says_what_it_is(organisation, emergency, as_ida):
    rules.set_rule(SLUG, organisation, rules.FORCED_OFF, acting_person=None)
    text = as_ida.get("/admin/plugins/matrix/").content.decode()
    assert f'href="{change_url(emergency)}"' in text
    assert "Microblog in Emergency: off, from Merekaar Hospitals. Change." in text


def test_the_matrix_walks_the_tree_and_finds_by_name(organisation, emergency, as_ida):
    triage = factories.department("Triage", parent=emergency)
    assert "Triage" not in as_ida.get("/admin/plugins/matrix/").content.decode()
    assert "Triage" in as_ida.get(f"/admin/plugins/matrix/?department={emergency.pk}").content.decode()
    found = as_ida.get("/admin/plugins/matrix/?q=tria").content.decode()
    assert change_url(triage) in found
    assert "No department of yours" in as_ida.get("/admin/plugins/matrix/?q=nowhere").content.decode()


def test_the_matrix_asks_the_same_for_2_and_for_120_departments(organisation, emergency, as_ida):
    def count():
        with CaptureQueriesContext(connection) as queries:
            assert as_ida.get("/admin/plugins/matrix/").status_code == 200
        return len(queries)

    count()
    few = count()
    for _number in range(120):
        factories.department(parent=organisation)
    count()
    assert count() == few


def test_looking_changes_nothing_and_doing_does(emergency, as_ida):
    page = as_ida.post(change_url(emergency), given("off", preview="1"))
    assert "What it will do" in page.content.decode()
    assert not Rule.objects.exists()
    answer = as_ida.post(change_url(emergency), given("off", apply="1", fingerprint=fingerprint(page)))
    assert answer.status_code == 302
    assert not gate.is_on_in(SLUG, emergency)


def test_nothing_is_done_if_the_numbers_have_changed(emergency, laboratory, as_ida):
    page = as_ida.post(change_url(emergency), given("off", preview="1"))
    seen = fingerprint(page)
    rules.set_rule(SLUG, laboratory, rules.OFF, acting_person=None)
    again = as_ida.post(change_url(emergency), given("off", apply="1", fingerprint=seen))
    assert again.status_code == 200
    assert "has changed since you looked" in again.content.decode()
    assert gate.is_on_in(SLUG, emergency)
    assert fingerprint(again) != seen


def test_nothing_is_done_without_having_looked(emergency, as_ida):
    assert as_ida.post(change_url(emergency), given("off", apply="1")).status_code == 200
    assert gate.is_on_in(SLUG, emergency)


def test_local_it_rules_at_home(emergency, as_lena):
    page = as_lena.post(change_url(emergency), given("off", preview="1"))
    as_lena.post(change_url(emergency), given("off", apply="1", fingerprint=fingerprint(page)))
    assert not gate.is_on_in(SLUG, emergency)


def test_local_it_finds_no_other_department(laboratory, organisation, emergency, as_lena):  # A41
    for department in (laboratory, organisation):
        assert as_lena.get(change_url(department)).status_code == 404
        assert as_lena.post(change_url(department), given("off", preview="1")).status_code == 404
        assert as_lena.get(f"/admin/plugins/matrix/?department={department.pk}").status_code == 404
    assert "Laboratory" not in as_lena.get("/admin/plugins/matrix/?q=lab").content.decode()
    text = as_lena.get("/admin/plugins/matrix/").content.decode()
    assert change_url(emergency) in text


def test_local_it_lifts_no_central_lock_and_sets_none(organisation, emergency, as_lena):  # A42
    rules.set_rule(SLUG, organisation, rules.FORCED_OFF, acting_person=None)
    page = as_lena.post(change_url(emergency), given("on", preview="1"))
    assert "decided above you" in page.content.decode()
    as_lena.post(change_url(emergency), given("on", apply="1", fingerprint="x"))
    assert not gate.is_on_in(SLUG, emergency)
    assert "Locked on" not in as_lena.get(change_url(emergency)).content.decode()
    as_lena.post(change_url(emergency, "tasks"), given("forced_off", preview="1"))
    assert Rule.objects.count() == 1


def test_bad_times_are_told_and_kept(emergency, as_ida):
    times = {"starts_at": "2030-01-02T00:00", "ends_at": "2030-01-01T00:00"}
    text = as_ida.post(change_url(emergency), given("off", preview="1", **times)).content.decode()
    assert "ends before it begins" in text
    assert "2030-01-02" in text


def test_why_is_told_for_those_one_is_it_for(bob, charlie, as_ida, as_lena):
    told = as_ida.get(f"/admin/plugins/why/?plugin={SLUG}&person=charlie").content.decode()
    assert "It is on for Charlie Cools." in told
    assert "It is on for" in as_lena.get(f"/admin/plugins/why/?plugin={SLUG}&person=bob").content.decode()
    for nobody in ("charlie", "no-such-person"):
        text = as_lena.get(f"/admin/plugins/why/?plugin={SLUG}&person={nobody}").content.decode()
        assert "Nobody you are IT for" in text
        assert "Cools" not in text


def test_the_history_tells_who_and_why_and_local_it_its_own(emergency, laboratory, ida, as_ida, as_lena):
    rules.set_rule(SLUG, emergency, rules.OFF, acting_person=ida, reason="Quiet week")
    rules.set_rule(SLUG, laboratory, rules.OFF, acting_person=ida, reason="Loud week")
    text = as_ida.get("/admin/plugins/history/").content.decode()
    assert "Quiet week" in text
    assert "Loud week" in text
    text = as_lena.get(f"/admin/plugins/history/?plugin={SLUG}").content.decode()
    assert "Quiet week" in text
    assert "Loud week" not in text
    assert "Quiet week" not in as_ida.get("/admin/plugins/history/?plugin=tasks").content.decode()


def test_a_plugin_is_described_with_its_readme(as_ida, emergency):
    rules.set_rule(SLUG, emergency, rules.OFF, acting_person=None, reason="Quiet week")
    text = as_ida.get(f"/admin/plugins/about/{SLUG}/").content.decode()
    assert "What its makers say" in text
    assert "Quiet week" in text
    assert as_ida.get("/admin/plugins/about/nosuch/").status_code == 404


def cells(*departments, slugs=(SLUG, "tasks")):
    return [f"{slug}:{department.pk}" for department in departments for slug in slugs]


def test_many_places_are_changed_at_once_or_none(emergency, laboratory, as_ida):
    chosen = {"cell": cells(emergency, laboratory)}
    text = as_ida.post("/admin/plugins/change/", chosen).content.decode()
    assert "4 places at once" in text
    assert "As it is now" in text
    page = as_ida.post("/admin/plugins/change/", given("off", preview="1", **chosen))
    assert page.context["impact"].departments_off == 2
    assert not Rule.objects.exists()
    done = {**chosen, "apply": "1", "fingerprint": fingerprint(page)}
    assert as_ida.post("/admin/plugins/change/", given("off", **done)).status_code == 302
    assert set(Rule.objects.values_list("plugin", "department", "state")) == {
        (slug, department.pk, "off") for slug in (SLUG, "tasks") for department in (emergency, laboratory)
    }


def test_among_many_one_that_is_not_theirs_refuses_all(emergency, laboratory, as_lena):  # A41
    for wanted in ("preview", "apply"):
        fields = given("off", **{wanted: "1"}, cell=cells(emergency, laboratory), fingerprint="x")
        assert as_lena.post("/admin/plugins/change/", fields).status_code == 404
    assert not Rule.objects.exists()


@pytest.mark.parametrize("chosen", [[], ["microblog:1"] * 3 + [f"microblog:{n}" for n in range(501)]])
def test_choosing_nothing_or_too_much_leads_back_with_a_word(chosen, emergency, as_ida):
    answer = as_ida.post("/admin/plugins/change/", {"cell": chosen}, follow=True)
    assert answer.redirect_chain == [("/admin/plugins/matrix/", 302)]
    assert "Choose " in str(next(iter(answer.context["messages"])))


@pytest.mark.parametrize(
    "key", ["", ":", "microblog", "microblog:x", "nosuch:1", "microblog:٣", f"microblog:{'9' * 30}"]
)
def test_a_cell_that_does_not_exist_is_not_found(key, emergency, as_ida):
    assert as_ida.post("/admin/plugins/change/", {"cell": [key, "microblog:"]}).status_code == 404


def test_changing_2_and_100_places_asks_the_same(organisation, emergency, as_ida):
    def count(departments):
        with CaptureQueriesContext(connection) as queries:
            fields = given("off", preview="1", cell=cells(*departments))
            assert as_ida.post("/admin/plugins/change/", fields).status_code == 200
        return len(queries)

    many = [factories.department(parent=organisation) for _number in range(50)]
    count(many)
    assert count(many) == count(many[:1])


def test_the_history_tells_settings_and_permissions_in_words(emergency, as_ida):
    change_settings(SLUG, emergency, {"longest": 700}, acting_person=None, reason="Short")
    save_grant(SLUG, "post", emergency, ["heads"], acting_person=None)
    text = as_ida.get("/admin/plugins/history/").content.decode()
    assert "Longest post: inherited</td><td>Longest post: 700" in text
    assert "heads of the department or above" in text
    assert "{&#x27;" not in text
