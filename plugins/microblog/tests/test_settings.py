"""What IT sets for the microblog holds wherever somebody writes."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from plugins.microblog.actions import edit_post, publish_post
from plugins.microblog.models import Post
from portal.host.configuring.changes import change_settings
from portal.host.permissions import save_grant
from portal.people.actions import add_membership

NEW = "/app/microblog/new/"


def change(department, **values):
    change_settings("microblog", department, values, acting_person=None)


def cap(answer):
    """The most characters a browser takes on the page."""
    return re.search(r'<textarea[^>]*maxlength="(\d+)"', answer.content.decode())[1]


def test_posts_are_for_everyone_where_the_department_has_it_so(bob, emergency):
    assert not publish_post("One", acting_person=bob, department=emergency).for_everyone
    change(emergency, for_everyone=True)
    assert publish_post("Two", acting_person=bob, department=emergency).for_everyone
    assert not publish_post("Three", acting_person=bob, department=emergency, for_everyone=False).for_everyone


@pytest.mark.parametrize(
    ("chosen", "usual", "held"),
    [("", True, True), ("", False, False), ("no", True, False), ("yes", False, True)],
)
def test_the_author_chooses_or_leaves_it_to_the_department(as_bob, emergency, chosen, usual, held):
    change(emergency, for_everyone=usual)
    as_bob.post(NEW, {"text": "Bay 1 is free", "department": emergency.pk, "for_everyone": chosen})
    assert Post.objects.get().for_everyone is held


def test_a_post_by_the_api_follows_the_department_too(as_bob, emergency):
    change(emergency, for_everyone=True)
    for sent, held in (({}, True), ({"for_everyone": False}, False)):
        as_bob.post("/api/v1/microblog/posts/", {"text": "Bay 1", **sent}, content_type="application/json")
        assert Post.objects.order_by("-pk")[0].for_everyone is held


def test_the_composer_says_who_will_see_it(as_bob, bob, emergency, laboratory):
    assert "Visible to Emergency" in as_bob.get("/app/microblog/").content.decode()
    change(emergency, for_everyone=True)
    assert "Visible to everyone" in as_bob.get("/app/microblog/").content.decode()
    add_membership(bob, laboratory, acting_person=None)
    html = as_bob.get("/app/microblog/").content.decode()
    assert "Emergency, visible to everyone</option>" in html
    assert "Laboratory</option>" in html


def test_every_form_takes_as_much_as_the_department_allows(as_bob, bob, emergency, laboratory):
    change(emergency, longest=140)
    post = publish_post("Bay 1", acting_person=bob, department=emergency)
    for address in ("/app/microblog/", NEW, f"/app/microblog/{post.pk}/edit/"):
        assert cap(as_bob.get(address)) == "140"
    add_membership(bob, laboratory, acting_person=None)
    assert cap(as_bob.get(NEW)) == "5000"
    answer = as_bob.post(NEW, {"text": "x" * 141, "department": emergency.pk})
    assert "shorten it to 140" in answer.content.decode()
    answer = as_bob.post(f"/app/microblog/{post.pk}/edit/", {"text": "x" * 141})
    assert "shorten it to 140" in answer.content.decode()


def test_who_may_not_post_is_told_whom_to_ask(as_bob, emergency, alice):
    save_grant("microblog", "post", emergency, [], acting_person=None)
    add_membership(alice, emergency, acting_person=None, is_local_it=True)
    answer = as_bob.post(NEW, {"text": "Bay 1", "department": emergency.pk})
    assert answer.status_code == 403
    assert "Ask Alice Aav, local IT of Emergency." in answer.content.decode()


def test_a_page_of_posts_asks_for_settings_once_at_most(as_bob, bob, emergency):
    change(emergency, longest=200)
    for number in range(50):
        publish_post(f"Post {number}", acting_person=bob, department=emergency)
    change(emergency, longest=300)
    with CaptureQueriesContext(connection) as asked:
        assert as_bob.get("/app/microblog/").status_code == 200
    assert sum("host_pluginsettings" in query["sql"] for query in asked) <= 1
    with CaptureQueriesContext(connection) as asked:
        as_bob.get("/app/microblog/")
    assert not any("host_pluginsettings" in query["sql"] for query in asked)


def test_a_shorter_limit_lets_old_posts_stand(bob, emergency):
    post = publish_post("x" * 150, acting_person=bob, department=emergency)
    change(emergency, longest=100)
    post.refresh_from_db()
    edit_post(post, acting_person=bob, type="idea")
    assert len(Post.objects.get().text) == 150
