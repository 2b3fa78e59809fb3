"""What IT sets for comments holds for whatever is at home in the department."""

from __future__ import annotations

import re

import pytest
from django.core.exceptions import ValidationError

from plugins.comments.actions import add_comment, edit_comment
from plugins.comments.models import Comment
from plugins.comments.tests.subjects import subject as make_subject
from portal.host.configuring.changes import change_settings


@pytest.fixture
def subject(emergency, alice):
    return make_subject(emergency, author=alice)


def change(department, **values):
    change_settings("comments", department, values, acting_person=None)


def test_a_comment_is_as_long_as_the_subjects_department_allows(subject, emergency, laboratory, bob):
    change(laboratory, longest=100)
    comment = add_comment(subject, "x" * 150, acting_person=bob)
    change(emergency, longest=120)
    with pytest.raises(ValidationError, match="shorten it to 120"):
        add_comment(subject, "x" * 121, acting_person=bob)
    with pytest.raises(ValidationError, match="shorten it to 120"):
        edit_comment(comment, acting_person=bob, text="y" * 121)
    assert Comment.objects.get().text == "x" * 150


def test_every_form_takes_as_much(subject, emergency, bob, as_bob):
    change(emergency, longest=120)
    comment = add_comment(subject, "Two are left", acting_person=bob)
    for address in (f"/app/comments/{subject.pk}/", f"/app/comments/comment/{comment.pk}/edit/"):
        html = as_bob.get(address).content.decode()
        caps = re.findall(r'<textarea[^>]*maxlength="(\d+)"', html)
        assert caps, address
        assert set(caps) == {"120"}
    answer = as_bob.post(f"/app/comments/{subject.pk}/", {"text": "x" * 121})
    assert "shorten it to 120" in answer.content.decode()
