from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from plugins.comments.actions import add_comment
from plugins.comments.models import Comment
from plugins.comments.tests.subjects import subject as make_subject
from portal.host import rules
from tests import factories


@pytest.fixture
def subject(emergency, alice):
    return make_subject(emergency, author=alice)


@pytest.fixture
def comment(subject, bob):
    return add_comment(subject, "Two are left", acting_person=bob)


def test_commenting_without_javascript(as_bob, subject):
    answer = as_bob.post(f"/app/comments/{subject.pk}/", {"text": "Two are left"})
    comment = Comment.objects.get()
    assert answer["Location"] == f"{subject.url}#comment-{comment.pk}"
    assert "Two are left" in as_bob.get(f"/app/comments/{subject.pk}/").content.decode()


def test_answering(as_alice, subject, comment):
    as_alice.post(f"/app/comments/{subject.pk}/", {"text": "Which?", "parent": comment.pk})
    assert Comment.objects.get(text="Which?").parent == comment


@pytest.mark.parametrize("parent", ["999999", "x", "-1", str(2**70)])
def test_answering_nothing_keeps_the_text_and_says_so(parent, as_bob, subject):
    answer = as_bob.post(f"/app/comments/{subject.pk}/", {"text": "Which?", "parent": parent})
    assert (answer.status_code, Comment.objects.count()) == (200, 0)
    assert "Which?" in answer.content.decode()


def test_an_empty_comment_is_refused_with_the_reason(as_bob, subject):
    answer = as_bob.post(f"/app/comments/{subject.pk}/", {"text": "\u200b"})
    assert "Write something first." in answer.content.decode()
    assert not Comment.objects.exists()


def test_outsiders_find_nothing(as_charlie, subject, comment):  # A1, A2
    addresses = [f"{subject.pk}/", f"comment/{comment.pk}/edit/", f"comment/{comment.pk}/delete/", "999999/"]
    for address in addresses:
        for answer in (
            as_charlie.get(f"/app/comments/{address}"),
            as_charlie.post(f"/app/comments/{address}", {"text": "x"}),
        ):
            assert answer.status_code == 404
            assert "Two are left" not in answer.content.decode()
            assert "Pumps" not in answer.content.decode()
    assert Comment.objects.get().text == "Two are left"


def test_author_and_subject_cannot_be_sent_along(as_bob, bob, alice, subject, laboratory):  # A22
    other = make_subject(laboratory)
    values = {"text": "Hello", "author": alice.pk, "subject": other.pk, "deleted": "on", "subject_key": "9"}
    as_bob.post(f"/app/comments/{subject.pk}/", values)
    comment = Comment.objects.get()
    assert (comment.author, comment.subject, comment.deleted) == (bob, subject, False)


def test_editing_and_deleting_ones_own(as_bob, comment, subject):
    answer = as_bob.post(f"/app/comments/comment/{comment.pk}/edit/", {"text": "Three"})
    assert answer["Location"] == f"{subject.url}#comment-{comment.pk}"
    assert as_bob.get(f"/app/comments/comment/{comment.pk}/delete/").status_code == 200
    assert Comment.objects.get().text == "Three"
    as_bob.post(f"/app/comments/comment/{comment.pk}/delete/")
    assert not Comment.objects.exists()


def test_colleagues_may_not_edit(as_alice, comment):
    assert as_alice.post(f"/app/comments/comment/{comment.pk}/edit/", {"text": "x"}).status_code == 403


def test_a_form_without_its_token_is_refused(bob, subject):  # A38
    client = Client(enforce_csrf_checks=True)
    client.force_login(bob)
    assert client.post(f"/app/comments/{subject.pk}/", {"text": "x"}).status_code == 403


def test_off_is_403_for_readers_and_404_for_outsiders(as_bob, as_charlie, subject, comment, emergency):
    rules.set_rule("comments", emergency, rules.OFF, acting_person=None)
    for address in (f"{subject.pk}/", f"comment/{comment.pk}/edit/"):
        assert as_bob.get(f"/app/comments/{address}").status_code == 403
        assert as_charlie.get(f"/app/comments/{address}").status_code == 404


def data_statements(captured):
    return [query["sql"] for query in captured if query["sql"].split()[0] in ("SELECT", "INSERT", "UPDATE", "DELETE")]


@pytest.mark.parametrize("readers", [1, 30])
def test_a_comment_costs_at_most_14_statements_however_many_may_read_it(readers, as_bob, emergency, subject, settings):
    settings.FOLKMOOT_STAMP_SECONDS = 3600
    for _number in range(readers):
        factories.person(departments=[emergency])
    as_bob.post(f"/app/comments/{subject.pk}/", {"text": "The first here interns a gate"})
    as_bob.get(f"/app/comments/{subject.pk}/")
    with CaptureQueriesContext(connection) as captured:
        answer = as_bob.post(f"/app/comments/{subject.pk}/", {"text": "Second"})
    assert answer.status_code == 302
    assert len(data_statements(captured)) <= 14
