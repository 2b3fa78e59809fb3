"""People are told once, of what they may see, in their own language, and nobody reads what another was told."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from portal.catalogue.actions import hide
from portal.catalogue.models import Topic
from portal.host import Notice, NotificationType
from portal.host.privacy import erase_person, export_person
from portal.host.registry import registry
from portal.host.rules import FORCED_OFF, INHERIT, set_rule
from portal.notifications import kinds
from portal.notifications.actions import Note, mark_read, notify, notify_each, unread_count
from portal.notifications.keeping import forget_old
from portal.notifications.models import Notification
from tests import factories

PAGE, API = "/notifications/", "/api/v1/notifications/"
BELL = '<span class="badge">'


def told(data):
    return Notice(f"{data['what']} <b>changed</b>", url=data.get("url", "/people/"), detail=data.get("detail", ""))


@pytest.fixture(autouse=True)
def types(monkeypatch):
    monkeypatch.setattr(kinds, "_core", {"changed": NotificationType("changed", "Changes", told)})
    given = [NotificationType("moved", "Moves", told, icon="task")]
    monkeypatch.setattr(registry.get("tasks").contributions, "notifications", given)


def tell(*people, what="It", key="a", **more):
    return notify(people, type="changed", key=key, data={"what": what}, **more)


def texts(client):
    return [row["text"] for row in client.get(API).json()["results"]]


def test_whom_it_concerns_reads_it_and_nobody_else(as_bob, as_charlie, bob):
    assert tell(bob) == 1
    assert "It &lt;b&gt;changed&lt;/b&gt;" in as_bob.get(PAGE).content.decode()
    assert "changed" not in as_charlie.get(PAGE).content.decode()
    assert (texts(as_bob), texts(as_charlie)) == (["It <b>changed</b>"], [])
    row = Notification.objects.get()
    assert as_charlie.get(f"{PAGE}{row.pk}/").status_code == 404
    assert as_charlie.post(f"{API}read/", {"ids": [row.pk]}, content_type="application/json").json() == {"read": 0}
    assert Notification.objects.unread().count() == 1


def test_nobody_without_a_name_reads_anything(client, bob):
    tell(bob)
    assert client.get(PAGE).status_code == 302
    assert client.get(API).status_code in (401, 403)
    assert client.post(f"{API}read/").status_code in (401, 403)


def test_the_bell_counts_what_is_not_read(as_bob, bob):
    assert BELL not in as_bob.get(PAGE).content.decode()
    for number in range(3):
        tell(bob, key=str(number))
    assert f"{BELL}3<" in as_bob.get("/people/").content.decode()
    row = Notification.objects.first()
    response = as_bob.get(f"{PAGE}{row.pk}/")
    assert (response.status_code, response.url) == (302, "/people/")
    assert f"{BELL}2<" in as_bob.get("/people/").content.decode()
    assert as_bob.post(f"{PAGE}read/").status_code == 302
    assert BELL not in as_bob.get("/people/").content.decode()


def test_whoever_has_read_everything_costs_no_query(bob, django_assert_num_queries):
    tell(bob)
    mark_read(acting_person=bob)
    bob.refresh_from_db()
    with django_assert_num_queries(0):
        assert unread_count(bob) == 0


def test_told_again_it_takes_the_place_of_what_was_told_before_and_is_new_again(as_bob, bob):
    tell(bob, what="First")
    mark_read(acting_person=bob)
    tell(bob, what="Second")
    assert texts(as_bob) == ["Second <b>changed</b>"]
    assert Notification.objects.unread().count() == 1


def test_what_one_may_no_longer_see_one_is_no_longer_told_of(as_bob, bob, emergency):
    topic = Topic.objects.create(name="Sepsis", slug="sepsis")
    factories.entry(obj=topic, department=emergency)
    tell(bob, subject=topic)
    assert len(texts(as_bob)) == 1
    hide(topic)
    assert texts(as_bob) == []
    bob.refresh_from_db()
    assert unread_count(bob) == 0
    assert as_bob.get(f"{PAGE}{Notification.objects.get().pk}/").status_code == 404


def test_of_a_thing_without_an_entry_nobody_is_told(bob):
    assert tell(bob, subject=Topic.objects.create(name="Nothing", slug="nothing")) == 0
    assert not Notification.objects.exists()


def test_who_has_left_is_told_nothing(bob, charlie):
    charlie.is_active = False
    charlie.save()
    assert tell(bob, charlie) == 1


def test_a_plugin_that_is_off_is_silent_and_back_with_everything(as_bob, bob, organisation):
    notify([bob], type="moved", plugin="tasks", key="1", data={"what": "Task"})
    assert texts(as_bob) == ["Task <b>changed</b>"]
    set_rule("tasks", organisation, FORCED_OFF, acting_person=None)
    assert texts(as_bob) == []
    assert "Task" not in as_bob.get(PAGE).content.decode()
    set_rule("tasks", organisation, INHERIT, acting_person=None)
    assert texts(as_bob) == ["Task <b>changed</b>"]


def test_a_type_that_fails_costs_its_own_words(as_bob, bob, monkeypatch):
    notify([bob], type="moved", plugin="tasks", key="1", data={})  # told() needs "what"
    tell(bob)
    assert sorted(texts(as_bob)) == ["It <b>changed</b>", "Moves"]


def test_a_notification_leads_only_into_the_site(as_bob, bob):
    notify([bob], type="moved", plugin="tasks", key="1", data={"what": "It", "url": "//evil.example/"})
    row = Notification.objects.get()
    assert as_bob.get(f"{PAGE}{row.pk}/").url == PAGE


def test_a_type_nobody_declared_is_an_error(bob):
    with pytest.raises(LookupError, match="tasks declares no notification 'changed'"):
        notify([bob], type="changed", plugin="tasks", key="1")


def test_a_type_is_looked_up_without_going_through_all_plugins(monkeypatch):
    def all_of_them() -> list[object]:
        raise AssertionError("every notification of a list would ask every plugin")

    monkeypatch.setattr(registry, "active", all_of_them)
    assert [kind and kind.label for kind in (kinds.find("tasks", "moved"), kinds.find("", "changed"))] == [
        "Moves",
        "Changes",
    ]
    assert kinds.find("tasks", "changed") is kinds.find("nobody", "moved") is kinds.find("", "moved") is None


def test_a_dormant_plugin_has_no_types(monkeypatch):
    monkeypatch.setattr(registry.get("tasks"), "problem", "it cannot be imported")
    assert kinds.find("tasks", "moved") is None


@pytest.mark.parametrize("people", [1, 40])
def test_telling_many_costs_the_queries_of_one(people, emergency, django_assert_num_queries):
    topic = Topic.objects.create(name="Sepsis", slug="sepsis")
    factories.entry(obj=topic, department=emergency)
    colleagues = [factories.person(departments=[emergency]) for _number in range(people)]
    notes = [Note(person, f"k{person.pk}", {"what": "It"}, topic) for person in colleagues]
    with django_assert_num_queries(4 + 2):  # and a savepoint
        assert notify_each(notes, type="changed") == people


@pytest.mark.parametrize("rows", [1, 65])  # a page, and several
def test_a_list_costs_the_same_whatever_its_length(rows, as_bob, bob, django_assert_max_num_queries):
    for number in range(rows):
        tell(bob, key=str(number))
    as_bob.get(PAGE)
    with django_assert_max_num_queries(5 + 10):  # session, person, how many, a page, the bell; the frame's savepoints
        assert as_bob.get(PAGE).status_code == 200


def test_a_long_list_goes_on_where_it_stopped(as_bob, bob):
    moment = timezone.now()
    for number in range(65):
        tell(bob, what=f"n{number:02d}", key=str(number))
    Notification.objects.update(created_at=moment)  # all at once, as one delivery tells them
    pages = [as_bob.get(PAGE, {"page": number}) for number in (1, 2, 3)]
    seen = [row.text for page in pages for row in page.context["rows"]]
    assert sorted(seen) == [f"n{number:02d} <b>changed</b>" for number in range(65)]
    assert 'rel="next"' in pages[0].content.decode()
    assert 'rel="next"' not in pages[2].content.decode()


@pytest.mark.parametrize("page", ["x", "-1", "9" * 30, "0"])
def test_a_page_that_is_none_is_the_nearest(as_bob, bob, page):
    tell(bob)
    assert len(as_bob.get(PAGE, {"page": page}).context["rows"]) == 1


def test_the_api_lists_what_is_unread_and_notes_what_was_read(as_bob, bob):
    tell(bob, key="1")
    tell(bob, key="2")
    (first, _second) = as_bob.get(API).json()["results"]
    assert first["unread"] is True
    read = as_bob.post(f"{API}read/", {"ids": [first["id"]]}, content_type="application/json")
    assert read.json() == {"read": 1}
    assert as_bob.get(API, {"unread": "1"}).json()["count"] == 1
    assert as_bob.post(f"{API}read/", {}, content_type="application/json").json() == {"read": 1}
    assert as_bob.post(f"{API}read/", {"ids": "x"}, content_type="application/json").status_code == 400


def test_old_ones_go_read_ones_sooner(bob):
    now = timezone.now()
    for key, told_days, read_days in (("kept", 100, None), ("old", 181, None), ("read", 70, 61), ("fresh", 70, 59)):
        tell(bob, key=key)
        read_at = now - timedelta(days=read_days) if read_days else None
        Notification.objects.filter(key=key).update(created_at=now - timedelta(days=told_days), read_at=read_at)
    assert forget_old() == 2
    assert set(Notification.objects.values_list("key", flat=True)) == {"kept", "fresh"}


def test_the_privacy_export_tells_them_and_erasure_takes_them(bob, charlie):
    tell(bob, charlie)
    assert export_person(bob)["notifications"]["notifications"][0]["data"] == {"what": "It"}
    erase_person(bob, acting_person=None)
    assert list(Notification.objects.values_list("person__username", flat=True)) == ["charlie"]


def test_the_empty_page_says_what_will_stand_here(as_bob):
    assert "Nothing to tell you yet" in as_bob.get(PAGE).content.decode()
