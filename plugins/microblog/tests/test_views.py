from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from plugins.microblog.actions import publish_post
from plugins.microblog.models import Post
from portal.catalogue.models import Entry
from portal.host import rules


@pytest.fixture
def post(bob, emergency):
    return publish_post("Where are the spare pumps? #pumps", acting_person=bob, department=emergency)


def test_writing_without_javascript(as_bob, emergency, bob):
    page = as_bob.get("/app/microblog/new/")
    assert page.status_code == 200
    answer = as_bob.post("/app/microblog/new/", {"text": "Bay 1 is free", "department": emergency.pk}, follow=True)
    assert "Bay 1 is free" in answer.content.decode()
    assert Post.objects.get().author == bob


def test_the_composer_comes_back_to_where_it_was(as_bob, emergency):
    values = {"text": "Bay 1 is free", "department": emergency.pk, "next": "/?kind=user"}
    assert as_bob.post("/app/microblog/new/", values)["Location"] == "/?kind=user"


@pytest.mark.parametrize("evil", ["//evil.example/", "https://evil.example/", "javascript:alert(1)", "/\\evil.example"])
def test_the_way_back_never_leaves_the_site(evil, as_bob, emergency):
    values = {"text": "Bay 1 is free", "department": emergency.pk, "next": evil}
    assert as_bob.post("/app/microblog/new/", values)["Location"].startswith("/app/microblog/")


def test_a_bad_text_is_shown_again_with_the_reason(as_bob, emergency):
    answer = as_bob.post("/app/microblog/new/", {"text": "\u200b", "department": emergency.pk})
    assert "Write something first." in answer.content.decode()
    assert not Post.objects.exists()


def test_a_department_of_others_cannot_be_chosen(as_charlie, emergency):
    answer = as_charlie.post("/app/microblog/new/", {"text": "Hello", "department": emergency.pk})
    assert "departments you belong to" in answer.content.decode()
    assert not Post.objects.exists()


def test_author_and_rights_cannot_be_sent_along(as_bob, bob, alice, emergency):  # A22
    values = {
        "text": "Hello",
        "department": emergency.pk,
        "author": alice.pk,
        "created_at": "2000-01-01",
        "pk": 77,
    }
    as_bob.post("/app/microblog/new/", values)
    post = Post.objects.get()
    assert (post.author, post.created_at.year != 2000, post.pk != 77) == (bob, True, True)


@pytest.mark.parametrize("address", ["", "edit/", "delete/"])
def test_outsiders_find_nothing(address, as_charlie, post):  # A1
    answer = as_charlie.get(f"/app/microblog/{post.pk}/{address}")
    assert answer.status_code == 404
    assert "pumps" not in answer.content.decode()


def test_outsiders_change_nothing(as_charlie, post):  # A1
    assert as_charlie.post(f"/app/microblog/{post.pk}/edit/", {"text": "Mine"}).status_code == 404
    assert as_charlie.post(f"/app/microblog/{post.pk}/delete/").status_code == 404
    assert Post.objects.get().text.startswith("Where")


def test_a_post_that_never_was_looks_the_same(as_charlie, post):
    assert as_charlie.get("/app/microblog/999999/").status_code == 404


def test_colleagues_read_but_do_not_edit(as_alice, post):
    assert as_alice.get(f"/app/microblog/{post.pk}/").status_code == 200
    assert as_alice.get(f"/app/microblog/{post.pk}/edit/").status_code == 403


def test_the_author_edits(as_bob, post):
    as_bob.post(f"/app/microblog/{post.pk}/edit/", {"text": "Found #cellar", "type": "idea"})
    post.refresh_from_db()
    assert (post.text, post.type, post.for_everyone) == ("Found #cellar", "idea", False)


def test_deleting_asks_first(as_bob, post):
    assert as_bob.get(f"/app/microblog/{post.pk}/delete/").status_code == 200
    assert Post.objects.exists()
    answer = as_bob.post(f"/app/microblog/{post.pk}/delete/", follow=True)
    assert "The post is deleted." in answer.content.decode()
    assert not Post.objects.exists()


def test_a_form_without_its_token_is_refused(bob, emergency):  # A38
    client = Client(enforce_csrf_checks=True)
    client.force_login(bob)
    assert client.post("/app/microblog/new/", {"text": "x", "department": emergency.pk}).status_code == 403


def test_scripts_stay_text(as_bob, bob, emergency):  # A26, A27
    text = '<script>alert(1)</script> [x](javascript:alert(2)) javascript:alert(3) https://a.example/"onclick="x'
    post = publish_post(text, acting_person=bob, department=emergency)
    for address in (f"/app/microblog/{post.pk}/", "/app/microblog/", f"/app/microblog/{post.pk}/delete/"):
        html = as_bob.get(address).content.decode()
        assert "<script>alert" not in html
        assert 'href="javascript' not in html
        assert not re.search("<[^>]*onclick", html)


def test_off_refuses_members_hides_from_outsiders_and_loses_nothing(as_bob, as_charlie, post, emergency):
    before = (Post.objects.values().get(), Entry.objects.values().get())
    rules.set_rule("microblog", emergency, rules.OFF, acting_person=None)
    assert as_bob.get(f"/app/microblog/{post.pk}/").status_code == 403
    assert as_charlie.get(f"/app/microblog/{post.pk}/").status_code == 404
    assert "spare pumps" not in as_bob.get("/").content.decode()
    rules.set_rule("microblog", emergency, rules.INHERIT, acting_person=None)
    assert as_bob.get(f"/app/microblog/{post.pk}/").status_code == 200
    assert (Post.objects.values().get(), Entry.objects.values().get()) == before


def test_off_in_one_department_keeps_it_from_those_of_another(as_charlie, bob, emergency, laboratory):
    post = publish_post("For all", acting_person=bob, department=emergency, for_everyone=True)
    rules.set_rule("microblog", emergency, rules.OFF, acting_person=None)
    assert as_charlie.get(f"/app/microblog/{post.pk}/").status_code == 403
    assert "For all" not in as_charlie.get("/app/microblog/").content.decode()


def test_the_composer_stands_above_ones_own_timelines_only(as_bob, as_charlie, emergency):
    address = emergency.get_absolute_url()
    assert 'id="post-text"' in as_bob.get("/").content.decode()
    assert 'id="post-text"' in as_bob.get("/app/microblog/").content.decode()
    assert 'id="post-text"' not in as_charlie.get(address).content.decode()


def test_the_list_costs_the_same_with_two_posts_and_with_twenty(as_bob, bob, emergency, settings):
    settings.FOLKMOOT_STAMP_SECONDS = 3600
    counts = []
    for more in (2, 18):
        for number in range(more):
            publish_post(f"Post {number} #topic{more}x{number}", acting_person=bob, department=emergency)
        as_bob.get("/app/microblog/")
        with CaptureQueriesContext(connection) as captured:
            as_bob.get("/app/microblog/")
        counts.append(len(captured))
    assert counts[0] == counts[1]
