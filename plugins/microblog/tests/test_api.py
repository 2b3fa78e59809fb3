from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from plugins.microblog.actions import publish_post
from plugins.microblog.models import Post
from portal.host import rules

POSTS = "/api/v1/microblog/posts/"


@pytest.fixture
def post(bob, emergency):
    return publish_post("Where are the spare pumps? #pumps", acting_person=bob, department=emergency)


def send(client, method, address, **values):
    return getattr(client, method)(address, values, content_type="application/json")


def test_posting_reading_changing_deleting(as_bob, emergency):
    made = send(as_bob, "post", POSTS, text="Bay 1 is free #bays")
    assert made.status_code == 201
    body = made.json()
    assert (body["type"], body["kind"], body["department"]) == ("post", "user", emergency.url_path)
    assert (body["author"]["username"], body["topics"]) == ("bob", ["bays"])
    address = f"{POSTS}{body['id']}/"
    assert as_bob.get(address).json()["text"] == "Bay 1 is free #bays"
    assert send(as_bob, "patch", address, text="Bay 2").json()["text"] == "Bay 2"
    assert as_bob.delete(address).status_code == 204
    assert as_bob.get(address).status_code == 404


def test_the_list_has_the_shape_of_every_list(as_alice, post):
    body = as_alice.get(POSTS).json()
    assert (body["count"], body["count_exact"], body["next"]) == (1, True, None)
    assert {"kind", "type", "title", "url", "plugin", "department"} <= body["results"][0].keys()


def test_outsiders_get_404_and_an_empty_list(as_charlie, post):  # A1
    address = f"{POSTS}{post.pk}/"
    answers = [
        as_charlie.get(address),
        send(as_charlie, "patch", address, text="x"),
        as_charlie.delete(address),
    ]
    assert [answer.status_code for answer in answers] == [404, 404, 404]
    assert not any(b"pumps" in answer.content for answer in answers)
    assert as_charlie.get(POSTS).json()["count"] == 0


def test_colleagues_may_not_change(as_alice, post):
    assert send(as_alice, "patch", f"{POSTS}{post.pk}/", text="x").status_code == 403


def test_what_is_not_the_authors_to_decide_is_ignored(as_bob, bob, alice, post, laboratory):  # A22
    send(
        as_bob,
        "post",
        POSTS,
        text="Hello",
        author=alice.pk,
        id=99,
        created_at="2000-01-01T00:00:00Z",
        plugin="kpis",
    )
    send(as_bob, "patch", f"{POSTS}{post.pk}/", author=alice.pk, department=laboratory.url_path)
    post.refresh_from_db()
    assert (post.author, post.department.name) == (bob, "Emergency")
    assert set(Post.objects.values_list("author__username", flat=True)) == {"bob"}


def test_other_departments_are_refused(as_bob, laboratory):
    answer = send(as_bob, "post", POSTS, text="Hello", department=laboratory.url_path)
    assert answer.status_code == 400
    assert "departments you belong to" in str(answer.json())


@pytest.mark.parametrize(
    "values", [{}, {"text": ""}, {"text": "x" * 5001}, {"text": "x", "type": "news"}, {"text": ["x"]}]
)
def test_bad_input_is_400_and_says_why(values, as_bob):
    answer = as_bob.post(POSTS, values, content_type="application/json")
    assert answer.status_code == 400
    assert answer.json()["errors"]
    assert not Post.objects.exists()


def test_lone_surrogates_are_no_server_error(as_bob):
    answer = as_bob.generic("POST", POSTS, b'{"text": "a\\ud800b"}', content_type="application/json")
    assert answer.status_code in (201, 400)


def test_off_is_403_for_members_and_404_for_outsiders(as_bob, as_charlie, post, emergency):
    rules.set_rule("microblog", emergency, rules.OFF, acting_person=None)
    for method in ("get", "head", "options", "delete"):  # A43
        assert getattr(as_bob, method)(f"{POSTS}{post.pk}/").status_code == 403
    assert as_bob.get(POSTS).status_code == 403
    assert as_charlie.get(f"{POSTS}{post.pk}/").status_code == 404
    assert as_charlie.get(POSTS).json()["count"] == 0
    assert as_charlie.get("/api/v1/content/").json()["count"] == 0


def test_without_log_in_there_is_nothing(client, post):
    assert client.get(POSTS).status_code == 401


def test_floods_are_throttled(as_bob, monkeypatch):  # A40
    monkeypatch.setattr("portal.social.throttles.WriteThrottle.rate", "2/min", raising=False)
    codes = [send(as_bob, "post", POSTS, text=f"Post {number}").status_code for number in range(3)]
    assert codes == [201, 201, 429]


def test_the_list_costs_the_same_with_two_posts_and_with_twenty(as_bob, bob, emergency, settings):
    settings.FOLKMOOT_STAMP_SECONDS = 3600
    counts = []
    for more in (2, 18):
        for number in range(more):
            publish_post(f"Post {number}", acting_person=bob, department=emergency)
        as_bob.get(POSTS)
        with CaptureQueriesContext(connection) as captured:
            as_bob.get(POSTS)
        counts.append(len(captured))
    assert counts == [4, 4]  # session, person, count, posts
