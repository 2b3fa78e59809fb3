"""Following brings somebody nearer: in search, in the directory. It opens nothing, and nobody else sees it."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError

from portal.catalogue.models import Entry
from portal.host.privacy import erase_person, export_person
from portal.people import following
from portal.people.actions import deactivate_person
from portal.people.following import follow, followed_ids, unfollow
from portal.people.models import Follow, Person
from tests import factories

PAGE, API = "/people/charlie/", "/api/v1/people/charlie/follow/"


def fresh(person):
    return Person.objects.get(pk=person.pk)


def test_a_profile_is_followed_and_followed_no_longer(as_bob, bob, charlie):
    assert as_bob.get(PAGE).context["follows"] is False
    assert as_bob.post(f"{PAGE}follow/").url == PAGE
    page = as_bob.get(PAGE)
    assert page.context["follows"] is True
    assert "You follow Charlie" in page.content.decode()
    as_bob.post(f"{PAGE}follow/", {"stop": "1"})
    assert as_bob.get(PAGE).context["follows"] is False


def test_the_directory_narrows_to_whom_one_follows(as_bob, as_charlie, bob, alice, charlie):
    follow(charlie, acting_person=bob)
    assert [person.username for person in as_bob.get("/people/?followed=1").context["page"]] == ["charlie"]
    assert list(as_charlie.get("/people/?followed=1").context["page"]) == []
    assert [row["username"] for row in as_bob.get("/api/v1/people/?followed=1").json()["results"]] == ["charlie"]


def test_the_api_follows_and_unfollows_however_often_it_is_asked(as_bob, bob, charlie):
    for _time in range(2):
        assert as_bob.put(API).status_code == 204
    assert followed_ids(fresh(bob)) == [charlie.pk]
    for _time in range(2):
        assert as_bob.delete(API).status_code == 204
    assert followed_ids(fresh(bob)) == []


def test_nobody_without_a_name_follows_and_nobody_follows_who_is_not_there(client, as_bob, charlie):
    assert client.post(f"{PAGE}follow/").status_code == 302
    assert client.put(API).status_code in (401, 403)
    assert not Follow.objects.exists()
    assert as_bob.post("/people/nobody/follow/").status_code == 404
    deactivate_person(charlie, acting_person=None)
    assert as_bob.put(API).status_code == 404


def test_nobody_follows_oneself_or_more_than_so_many(bob, charlie, alice, monkeypatch):
    with pytest.raises(ValidationError, match="yourself"):
        follow(bob, acting_person=bob)
    monkeypatch.setattr(following, "MOST", 1)
    assert follow(charlie, acting_person=bob)
    with pytest.raises(ValidationError, match="unfollow somebody first"):
        follow(alice, acting_person=bob)
    assert not follow(charlie, acting_person=bob)


def test_following_opens_nothing(bob, charlie, laboratory):
    from portal.audience import tokens
    from portal.audience.expressions import any_of

    entry = factories.entry(author=charlie, department=laboratory, audience=any_of(tokens.department(laboratory)))
    follow(charlie, acting_person=bob)
    assert entry not in Entry.objects.visible_to(fresh(bob))


def test_whom_one_follows_costs_no_query_when_warm(bob, charlie, django_assert_num_queries):
    follow(charlie, acting_person=bob)
    bob = fresh(bob)
    followed_ids(bob)
    with django_assert_num_queries(0):
        assert followed_ids(fresh_of(bob)) == [charlie.pk]


def fresh_of(person):
    """The same person as a later request knows them, without asking the database."""
    again = Person(pk=person.pk, access_version=person.access_version, is_active=True)
    again.role_id, again.location_id = person.role_id, person.location_id
    return again


def test_unfollowing_holds_with_the_next_request(bob, charlie):
    follow(charlie, acting_person=bob)
    assert followed_ids(fresh(bob)) == [charlie.pk]
    unfollow(charlie, acting_person=bob)
    assert followed_ids(fresh(bob)) == []


def test_the_privacy_export_tells_it_and_erasure_takes_both_directions(bob, charlie, alice):
    follow(charlie, acting_person=bob)
    follow(bob, acting_person=alice)
    assert [row["person"] for row in export_person(bob)["people.follows"]["follows"]] == ["charlie"]
    erase_person(bob, acting_person=None)
    assert not Follow.objects.exists()
