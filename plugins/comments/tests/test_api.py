from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from plugins.comments.actions import add_comment
from plugins.comments.models import Comment
from plugins.comments.tests.subjects import subject as make_subject
from portal.catalogue.actions import entry_for
from portal.host import rules

COMMENTS = "/api/v1/comments/"


@pytest.fixture
def subject(emergency, alice):
    return make_subject(emergency, author=alice)


@pytest.fixture
def comment(subject, bob):
    return add_comment(subject, "Two are left", acting_person=bob)


def send(client, method, address, **values):
    return getattr(client, method)(address, values, content_type="application/json")


def test_commenting_answering_changing_deleting(as_bob, subject):
    made = send(as_bob, "post", COMMENTS, entry=subject.pk, text="Two are left")
    assert made.status_code == 201
    first = made.json()
    assert (first["type"], first["plugin"], first["subject"], first["parent"]) == (
        "comment",
        "comments",
        subject.pk,
        None,
    )
    answer = send(as_bob, "post", COMMENTS, entry=subject.pk, text="Those", parent=first["id"]).json()
    assert answer["parent"] == first["id"]
    address = f"{COMMENTS}{answer['id']}/"
    assert send(as_bob, "patch", address, text="These").json()["text"] == "These"
    assert as_bob.get(address).json()["text"] == "These"
    assert as_bob.delete(address).status_code == 204
    assert as_bob.get(address).status_code == 404


def test_the_list_is_of_one_entry_oldest_first(as_alice, alice, subject, comment, laboratory, charlie):
    add_comment(make_subject(laboratory), "Elsewhere", acting_person=charlie)
    add_comment(subject, "Which?", acting_person=alice, parent=comment)
    body = as_alice.get(COMMENTS, {"entry": subject.pk}).json()
    assert (body["count"], body["count_exact"], body["next"]) == (2, True, None)
    assert [(r["text"], r["parent"]) for r in body["results"]] == [
        ("Two are left", None),
        ("Which?", comment.pk),
    ]


def test_outsiders_get_404(as_charlie, subject, comment):  # A1, A2
    address = f"{COMMENTS}{comment.pk}/"
    answers = [
        as_charlie.get(COMMENTS, {"entry": subject.pk}), send(as_charlie, "post", COMMENTS, entry=subject.pk, text="x"),
        as_charlie.get(address), send(as_charlie, "patch", address, text="x"), as_charlie.delete(address),
        as_charlie.get(COMMENTS, {"entry": 999999}),
    ]  # fmt: skip
    assert [answer.status_code for answer in answers] == [404] * 6
    assert Comment.objects.get().text == "Two are left"


def test_answering_what_one_may_not_see_is_refused_like_what_is_not_there(as_charlie, comment, laboratory):
    mine = make_subject(laboratory)
    answers = [
        send(as_charlie, "post", COMMENTS, entry=mine.pk, text="x", parent=number) for number in (comment.pk, 999999)
    ]
    assert [answer.status_code for answer in answers] == [400, 400]
    assert answers[0].json() == answers[1].json()


@pytest.mark.parametrize("entry", ["", "x", "-1", "1.5", str(2**70), "²"])
def test_a_bad_entry_is_400(entry, as_bob):
    assert as_bob.get(COMMENTS, {"entry": entry}).status_code == 400
    assert send(as_bob, "post", COMMENTS, entry=entry, text="x").status_code == 400


@pytest.mark.parametrize("text", ["", "\u200b", "x" * 5001])
def test_a_bad_text_is_400(text, as_bob, subject):
    assert send(as_bob, "post", COMMENTS, entry=subject.pk, text=text).status_code == 400


def test_what_is_not_the_authors_to_decide_is_ignored(as_bob, bob, alice, subject, comment):  # A22
    send(as_bob, "post", COMMENTS, entry=subject.pk, text="Hello", author=alice.pk, deleted=True)
    send(as_bob, "patch", f"{COMMENTS}{comment.pk}/", text="Hi", author=alice.pk, subject=entry_for(comment).pk)
    assert set(Comment.objects.values_list("author", "subject", "deleted")) == {(bob.pk, subject.pk, False)}


def test_off_is_403_for_readers_and_404_for_outsiders(as_bob, as_charlie, subject, comment, emergency):
    rules.set_rule("comments", emergency, rules.OFF, acting_person=None)
    assert as_bob.get(f"{COMMENTS}{comment.pk}/").status_code == 403
    assert send(as_bob, "post", COMMENTS, entry=subject.pk, text="x").status_code == 403
    assert as_charlie.get(f"{COMMENTS}{comment.pk}/").status_code == 404


def test_the_list_costs_the_same_with_2_and_with_20_comments(as_bob, bob, subject, settings):
    settings.FOLKMOOT_STAMP_SECONDS = 3600
    counts = []
    for more in (2, 18):
        for number in range(more):
            add_comment(subject, f"Comment {number}", acting_person=bob)
        as_bob.get(COMMENTS, {"entry": subject.pk})
        with CaptureQueriesContext(connection) as captured:
            as_bob.get(COMMENTS, {"entry": subject.pk})
        counts.append(len(captured))
    assert counts == [5, 5]  # session, person, subject, count, comments
